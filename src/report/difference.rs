//! Shows how two texts differ: JSON by its members, other texts by their lines. The text of a target may be long, so only a part
//! of it is shown.

use std::io::{self, Write};

use similar::{ChangeTag, TextDiff};

use super::changes::{MemberChange, changes};
use super::outline::outline;
use super::style::{BAD, GOOD, QUIET};
use super::wording::{count, thousands};

/// The number of equal lines shown around a difference.
pub(super) const AROUND: usize = 3;
/// The maximum number of lines to compare: the cost can grow with the square of their number.
pub(super) const MOST_COMPARED: usize = 500;
/// The maximum number of lines shown of a difference.
const MOST_SHOWN: usize = 36;
/// The maximum number of characters shown of a line.
const WIDEST: usize = 500;

/// Where the rest is.
const MORE: &str = "--report has more, and --trace FILE records whole responses";

/// A line of a difference: its style, sign and text.
type Line<'t> = (anstyle::Style, &'static str, &'t str);

/// Writes the first members or lines in which two texts differ, and the number of the others. An
/// answer that is compared with another kind of text is shown in brief.
pub fn difference(out: &mut impl Write, expected: &str, actual: &str) -> io::Result<()> {
    if let Some(changes) = changes(expected, actual) {
        return write(out, &members(&changes), 0);
    }
    match outline(actual) {
        Some(brief) if !expected.contains("\n\n") && actual.contains('\n') => {
            lines(out, expected, &brief.join("\n"))?;
            match brief.last().is_some_and(|last| last.ends_with("...")) {
                true => writeln!(out, "    {QUIET}{MORE}{QUIET:#}"),
                false => Ok(()),
            }
        }
        _ => lines(out, expected, actual),
    }
}

/// Returns a line with the path of each member that differs, and the lines of both values.
fn members(changes: &[MemberChange]) -> Vec<Line<'_>> {
    let mut shown = Vec::new();
    for MemberChange { at, expected, actual } in changes {
        shown.extend((!at.is_empty()).then_some((QUIET, "  ", at.as_str())));
        for (style, sign, value) in [(BAD, "- ", expected), (GOOD, "+ ", actual)] {
            shown.extend(value.iter().map(|line| (style, sign, line.as_str())));
        }
    }
    shown
}

/// Writes the lines in which two texts differ.
fn lines(out: &mut impl Write, expected: &str, actual: &str) -> io::Result<()> {
    let (old, new, unseen) = compared(expected, actual);
    let diff = TextDiff::from_slices(&old, &new);
    let mut shown = Vec::new();
    for (number, group) in diff.grouped_ops(AROUND).iter().enumerate() {
        shown.extend((number > 0).then_some((QUIET, "...", "")));
        shown.extend(group.iter().flat_map(|op| diff.iter_changes(op)).map(|change| match change.tag() {
            ChangeTag::Delete => (BAD, "- ", change.value()),
            ChangeTag::Insert => (GOOD, "+ ", change.value()),
            ChangeTag::Equal => (anstyle::Style::new(), "  ", change.value()),
        }));
    }
    write(out, &shown, unseen)
}

/// Writes the first lines of a difference, and the number of the others.
fn write(out: &mut impl Write, shown: &[Line<'_>], unseen: usize) -> io::Result<()> {
    for (style, sign, text) in shown.iter().take(MOST_SHOWN) {
        let (text, more) = cut(text);
        writeln!(out, "    {style}{sign}{text}{style:#}{more}")?;
    }
    match shown.len().saturating_sub(MOST_SHOWN) + unseen {
        0 => Ok(()),
        more => {
            writeln!(out, "    {QUIET}... {}; {MORE}{QUIET:#}", count(more, "more line", "more lines"))
        }
    }
}

/// Returns the lines of two texts to compare, from shortly before the first difference, and the number of lines after those.
fn compared<'t>(expected: &'t str, actual: &'t str) -> (Vec<&'t str>, Vec<&'t str>, usize) {
    let same = expected.lines().zip(actual.lines()).take_while(|(old, new)| old == new).count();
    let part = |text: &'t str| {
        let lines = text.lines().skip(same.saturating_sub(AROUND));
        let unseen = lines.clone().skip(MOST_COMPARED).count();
        (lines.take(MOST_COMPARED).collect::<Vec<_>>(), unseen)
    };
    let ((old, old_unseen), (new, new_unseen)) = (part(expected), part(actual));
    (old, new, old_unseen + new_unseen)
}

/// Returns the shown part of a line, and a text for the rest.
pub(super) fn cut(line: &str) -> (&str, String) {
    match line.char_indices().nth(WIDEST) {
        None => (line, String::new()),
        Some((end, _)) => {
            let (shown, rest) = line.split_at_checked(end).unwrap_or((line, ""));
            (shown, format!(" ... and {} more characters", thousands(rest.chars().count())))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(expected: &str, actual: &str) -> String {
        let mut out = Vec::new();
        difference(&mut anstream::StripStream::new(&mut out), expected, actual).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn lines(number: usize, word: &str) -> String {
        (0..number).map(|line| format!("{word} {line}\n")).collect()
    }

    #[test]
    fn json_is_shown_by_the_members_that_differ() {
        let user = |note: &str| format!("{{\"id\": 7, \"profile\": {{\"note\": \"{note}\", \"mood\": \"good\"}}}}");
        let expected = "      .profile.note (id 7)\n    - \"a\"\n    + \"b\"\n";
        assert_eq!(shown(&user("a"), &user("b")), expected);
    }

    #[test]
    fn a_long_member_and_an_answer_with_another_status_are_shown_in_brief() {
        let list = serde_json::json!({"objects": (0..50).collect::<Vec<_>>()}).to_string();
        assert_eq!(shown("{}", &list), "      .objects\n    + [0, 1, 2, 3, ... 46 more]\n");
        let answer = format!("200\nallow: GET\n\n{list}");
        let brief = "    - 403\n    + 200\n    + {\"objects\": [0, 1, 2, 3, ... 46 more]}\n";
        assert_eq!(shown("403", &answer), brief);
    }

    #[test]
    fn a_short_difference_is_shown_with_the_lines_around_it() {
        let old = lines(12, "line");
        let new = old.replace("line 6\n", "row 6\n");
        let expected = "      line 3\n      line 4\n      line 5\n    - line 6\n    + row 6\n      line 7\n      line 8\n      line 9\n";
        assert_eq!(shown(&old, &new), expected);
        assert_eq!(shown("a", "a\n"), "");
    }

    #[test]
    fn a_long_response_shows_its_first_lines_and_the_number_of_the_others() {
        for (expected, actual, more) in [
            ("200".to_owned(), lines(5000, "line"), 5001 - MOST_SHOWN),
            (lines(5000, "line"), lines(5000, "row"), 10_000 - MOST_SHOWN),
        ] {
            let shown = shown(&expected, &actual);
            assert!(shown.lines().count() <= 40, "{shown}");
            assert!(
                shown.contains(&format!("... {} more lines", thousands(more))) && shown.contains("--trace FILE"),
                "{shown}"
            );
        }
    }

    #[test]
    fn a_difference_far_from_the_beginning_is_shown() {
        let (old, new) = (lines(5000, "line"), lines(5000, "line").replace("line 4900\n", "row 4900\n"));
        let shown = shown(&old, &new);
        assert!(shown.contains("- line 4900\n    + row 4900\n") && shown.lines().count() == 8, "{shown}");
    }

    #[test]
    fn a_wide_line_shows_its_beginning() {
        let shown = shown("200", &"€".repeat(20_000));
        assert!(shown.ends_with("€ ... and 19,500 more characters\n"), "{shown}");
    }
}
