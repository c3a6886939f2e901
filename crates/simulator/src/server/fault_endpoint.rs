//! Resolves the endpoint of a fault, written as `/users/{user}/` or as the whole path,
//! `/v1.1/instances/shop/users/{user}/`.

use crate::Simulator;
use crate::api::{Version, short_template};

/// The placeholder for a value in a shape.
const VALUE: &str = "{}";

/// The maximum length of an endpoint that gets a suggestion, in bytes.
///
/// The comparison with all endpoints takes time, and every endpoint is shorter.
const MAX_LENGTH: usize = 200;

/// Returns the templates that match an endpoint. The error message suggests a similar endpoint.
pub fn templates(endpoint: &str) -> Result<Vec<&'static str>, String> {
    let expected = with_placeholders(shape(endpoint));
    let all = || Simulator::endpoints().map(|endpoint| endpoint.template);
    let shapes = |template| [shape(template), shape(short_template(template))];
    let found: Vec<&str> = all().filter(|template| shapes(template).contains(&expected)).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    if endpoint.len() > MAX_LENGTH {
        return Err("the API has no such endpoint; GET /__simulator/ lists all endpoints".to_owned());
    }
    let distance =
        |template| shapes(template).iter().map(|shape| distance(&expected, shape)).min().unwrap_or(usize::MAX);
    let length = expected.iter().map(|part| part.len()).sum::<usize>();
    let nearest = all().map(|template| (distance(template), template)).min();
    let suggestion = match nearest.filter(|(distance, _)| *distance <= length / 2) {
        Some((_, template)) => format!("did you mean `{}`? ", short_template(template)),
        None => String::new(),
    };
    Err(format!("the API has no such endpoint; {suggestion}GET /__simulator/ lists all endpoints"))
}

/// Returns the parts of a template, with a placeholder for each parameter.
fn shape(template: &str) -> Vec<&str> {
    let parts = template.trim_matches('/').split('/');
    parts.map(|part| if part.starts_with('{') && part.ends_with('}') { VALUE } else { part }).collect()
}

/// Replaces the version and the instance name of a whole path with placeholders.
fn with_placeholders(mut shape: Vec<&str>) -> Vec<&str> {
    if let Some(version) = shape.first_mut().filter(|part| part.parse::<Version>().is_ok()) {
        *version = VALUE;
        if let [_, "instances", instance, ..] = shape.as_mut_slice() {
            *instance = VALUE;
        }
    }
    shape
}

/// Returns the sum of the edit distances between corresponding parts.
///
/// A number matches a placeholder.
fn distance(expected: &[&str], shape: &[&str]) -> usize {
    let longer = expected.len().max(shape.len());
    let part = |parts: &[&str], position: usize| parts.get(position).copied().unwrap_or_default().to_owned();
    let distances = (0..longer).map(|position| {
        let (expected, part) = (part(expected, position), part(shape, position));
        let is_number = !expected.is_empty() && expected.bytes().all(|byte| byte.is_ascii_digit());
        if part == VALUE && is_number { 0 } else { strsim::osa_distance(&expected, &part) }
    });
    distances.sum()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("/user/auth/", "/{version}/instances/{instance}/user/auth/")]
    #[case("/users/{anything}/", "/{version}/instances/{instance}/users/{user}/")]
    #[case("/v1.1/instances/shop/user/auth/", "/{version}/instances/{instance}/user/auth/")]
    #[case("/v1/instances/shop/users/{id}/", "/{version}/instances/{instance}/users/{user}/")]
    #[case("/v1.1/instances/shop/", "/{version}/instances/{instance}/")]
    #[case("/{version}/instances/{instance}/user/", "/{version}/instances/{instance}/user/")]
    #[case("/v1.1/account/", "/{version}/account/")]
    fn an_endpoint_has_a_short_and_a_whole_form(#[case] endpoint: &str, #[case] template: &str) {
        assert_eq!(templates(endpoint), Ok(vec![template]));
    }

    #[rstest]
    #[case("/usr/auth/", "did you mean `/user/auth/`?")]
    #[case("/users/auth/", "did you mean `/user/auth/`?")]
    #[case("/users/5/", "did you mean `/users/{user}/`?")]
    #[case("/v1.1/instances/shop/users/5/", "did you mean `/users/{user}/`?")]
    #[case("/v1.1/instances/shop/usr/", "did you mean `/user/`?")]
    #[case("/v1.1/acount/", "did you mean `/account/`?")]
    fn an_unknown_endpoint_suggests_the_nearest(#[case] endpoint: &str, #[case] suggestion: &str) {
        let error = templates(endpoint).unwrap_err();
        assert!(error.contains(suggestion) && error.contains("GET /__simulator/ lists"), "{error}");
    }

    #[test]
    fn an_endpoint_unlike_all_others_suggests_none() {
        let error = templates("/xyzzyxyzzy/plugh/").unwrap_err();
        assert!(!error.contains("did you mean"), "{error}");
    }
}
