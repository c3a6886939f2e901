//! Folders of scenarios: links, hidden files, and what is no file.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use syncano_suite::{ReadError, SuiteFiles};

fn files(folder: &Path) -> Result<BTreeMap<String, String>, ReadError> {
    SuiteFiles::default().scenarios_from(folder).map(|files| files.scenarios)
}

fn write(folder: &Path, names: &[&str]) {
    for name in names {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, *name).unwrap();
    }
}

fn names(folder: &Path) -> Vec<String> {
    files(folder).unwrap().into_keys().collect()
}

#[test]
fn a_link_to_a_folder_is_followed_but_not_in_a_circle() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &["suite/my/one.yaml", "elsewhere/two.yaml"]);
    let suite = folder.path().join("suite");
    symlink("../elsewhere", suite.join("other")).unwrap();
    symlink("..", suite.join("my/back")).unwrap();
    symlink(".", suite.join("my/itself")).unwrap();
    assert_eq!(names(&suite), ["my/one.yaml", "other/two.yaml"]);
}

#[test]
fn folders_that_link_to_each_other_are_rejected() {
    let folder = tempfile::tempdir().unwrap();
    for one in 0..12 {
        fs::create_dir(folder.path().join(one.to_string())).unwrap();
        for other in 0..12 {
            symlink(format!("../{other}"), folder.path().join(format!("{one}/{other}"))).unwrap();
        }
    }
    assert!(files(folder.path()).unwrap_err().to_string().ends_with("more than 10000 files and folders"));
}

#[test]
fn a_dangling_link_is_an_error_with_any_name() {
    for name in ["other", "one.yaml", "itself"] {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("my")).unwrap();
        symlink("gone", folder.path().join("my").join(name)).unwrap();
        let error = files(folder.path()).unwrap_err();
        assert!(error.is_dangling() && !error.is_not_text(), "{error}");
        assert!(error.to_string().ends_with(&format!("my/{name}: dangling link: gone does not exist")), "{error}");
    }
}

#[test]
fn a_link_to_itself_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    symlink("one.yaml", folder.path().join("one.yaml")).unwrap();
    assert!(files(folder.path()).is_err());
}

#[test]
fn names_that_begin_with_a_dot_are_ignored_and_a_kubernetes_volume_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &["my/..2026_01/one.yaml", ".git/config.toml", "my/.one.yaml.swp.yaml"]);
    symlink("..2026_01", folder.path().join("my/..data")).unwrap();
    symlink("..data/one.yaml", folder.path().join("my/one.yaml")).unwrap();
    symlink("user@host", folder.path().join("my/.#one.yaml")).unwrap();
    assert_eq!(names(folder.path()), ["my/one.yaml"]);
}

#[test]
fn a_device_named_like_a_scenario_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    symlink("/dev/null", folder.path().join("one.yaml")).unwrap();
    assert!(files(folder.path()).unwrap_err().to_string().ends_with("one.yaml: not a file"));
}

#[test]
fn a_byte_order_mark_is_not_part_of_a_scenario() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("one.yaml"), "\u{feff}title: One").unwrap();
    assert_eq!(files(folder.path()).unwrap()["one.yaml"], "title: One");
}
