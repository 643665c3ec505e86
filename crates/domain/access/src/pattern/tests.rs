use proptest::prelude::*;

use super::Pattern;

fn check(pattern: &str, text: &str, expected: bool) {
    assert_eq!(Pattern::parse(pattern).matches(text), expected, "{pattern:?} on {text:?}");
}

#[test]
fn wildcards() {
    check("", "", true);
    check("", "a", false);
    check("*", "", true);
    check("*", "anything:/at all", true);
    check("**", "x", true);
    check("a*", "a", true);
    check("a*", "ba", false);
    check("*a", "ba", true);
    check("*a", "ab", false);
    check("a*a", "a", false);
    check("a*a", "aa", true);
    check("a*b*c", "a-b-b-c", true);
    check("a*b*c", "a-c-b", false);
    check("?", "", false);
    check("?", "ä", true);
    check("?", "ab", false);
    check("??", "ab", true);
    check("a?c*", "abcdef", true);
    check("*?", "", false);
    check("*?", "x", true);
    check("?*?", "x", false);
    check("*b?d*", "aabxdc", true);
    check("*b?d*", "aabxxdc", false);
    check("*ab*ab", "ab", false);
    check("*ab*ab", "abab", true);
    check("ABC", "abc", false);
}

#[test]
fn many_stars_do_not_blow_up() {
    let pattern = Pattern::parse(&"*a".repeat(2_000));
    assert!(!pattern.matches(&"a".repeat(1_999)));
    assert!(pattern.matches(&"ab".repeat(1_999).replace('b', "xa")));
}

/// By the definition, exponentially slow.
fn matches_by_definition(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some(('*', rest)), None) => matches_by_definition(rest, text),
        (Some(('*', rest)), Some((_, after))) => {
            matches_by_definition(rest, text) || matches_by_definition(pattern, after)
        }
        (Some(_), None) => false,
        (Some((want, rest)), Some((c, after))) => {
            (*want == '?' || want == c) && matches_by_definition(rest, after)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn agrees_with_the_definition(pattern in "[abä*?]{0,8}", text in "[abä]{0,10}") {
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        let expected = matches_by_definition(&letters(&pattern), &letters(&text));
        prop_assert_eq!(Pattern::parse(&pattern).matches(&text), expected);
    }

    #[test]
    fn is_shown_as_it_was_written(pattern in "[ab?]{0,3}(\\*[ab?]{1,3}){0,3}\\*?") {
        prop_assert_eq!(Pattern::parse(&pattern).to_string(), pattern);
    }
}
