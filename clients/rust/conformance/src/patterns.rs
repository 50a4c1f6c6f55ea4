//! Patterns of JSON: whether a value is as a scenario expects.

use std::collections::HashMap;

use regex_lite::Regex;
use serde_json::{Map, Value};

pub type Variables = HashMap<String, Value>;

/// `value` with the variables that its strings name.
pub fn substituted(value: &Value, variables: &Variables) -> Result<Value, String> {
    Ok(match value {
        Value::String(text) => Value::String(filled_in(text, variables)?),
        Value::Array(items) => items.iter().map(|item| substituted(item, variables)).collect::<Result<_, _>>()?,
        Value::Object(fields) => {
            let pairs =
                fields.iter().map(|(key, each)| Ok((filled_in(key, variables)?, substituted(each, variables)?)));
            Value::Object(pairs.collect::<Result<Map<_, _>, String>>()?)
        }
        _ => value.clone(),
    })
}

fn filled_in(text: &str, variables: &Variables) -> Result<String, String> {
    let variable = Regex::new(r"\$\{(\w+)\}").expect("the expression is one");
    let (mut out, mut end) = (String::new(), 0);
    for found in variable.captures_iter(text) {
        let whole = found.get(0).expect("a match has group 0");
        let value = variables.get(&found[1]).ok_or_else(|| format!("there is no variable {}", &found[1]))?;
        out.push_str(&text[end..whole.start()]);
        out.push_str(&text_of(value));
        end = whole.end();
    }
    out.push_str(&text[end..]);
    Ok(out)
}

pub fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// What is at a path such as `vms[0].name`.
pub fn at<'a>(value: &'a Value, path: &str) -> Result<&'a Value, String> {
    let parts = path.split(['.', '[', ']']).filter(|part| !part.is_empty());
    let mut found = Some(value);
    for part in parts {
        found = found.and_then(|each| match each {
            Value::Array(items) => items.get(part.parse::<usize>().ok()?),
            _ => each.get(part),
        });
    }
    found.ok_or_else(|| format!("there is no {path} in {}", shown(value)))
}

/// Fails with where the value is not as the pattern, in words.
pub fn check(pattern: &Value, value: &Value, variables: &Variables, path: &str) -> Result<(), String> {
    match pattern {
        Value::String(text) => {
            let holds = special(text, value, variables)?;
            if holds { Ok(()) } else { Err(format!("{path} is {}, not {text}", shown(value))) }
        }
        Value::Array(expected) => {
            let items = value.as_array().ok_or_else(|| format!("{path} is {}, not a list", shown(value)))?;
            if items.len() != expected.len() {
                return Err(format!("{path} has {} items, not {}: {}", items.len(), expected.len(), shown(value)));
            }
            let mut pairs = expected.iter().zip(items).enumerate();
            pairs.try_for_each(|(n, (pattern, item))| check(pattern, item, variables, &format!("{path}[{n}]")))
        }
        Value::Object(fields) => check_object(fields, value, variables, path),
        _ if equal(pattern, value) => Ok(()),
        _ => Err(format!("{path} is {}, not {pattern}", shown(value))),
    }
}

fn check_object(pattern: &Map<String, Value>, value: &Value, variables: &Variables, path: &str) -> Result<(), String> {
    if let Some(inner) = pattern.get("$not") {
        return match check(inner, value, variables, path) {
            Ok(()) => Err(format!("{path} is {}, which is what it must not be", shown(value))),
            Err(_) => Ok(()),
        };
    }
    if let Some(expected) = pattern.get("$len") {
        let length = match value {
            Value::Array(items) => Some(items.len()),
            Value::Object(fields) => Some(fields.len()),
            Value::String(text) => Some(text.chars().count()),
            _ => None,
        };
        let holds = length.is_some_and(|length| number(expected) == Some(length as f64));
        return if holds { Ok(()) } else { Err(format!("{path} has {length:?} items, not {expected}")) };
    }
    if let Some(expected) = pattern.get("$contains").and_then(Value::as_array) {
        let items = value.as_array().map_or(&[][..], Vec::as_slice);
        let missing = expected.iter().find(|each| items.iter().all(|item| check(each, item, variables, path).is_err()));
        return missing.map_or(Ok(()), |each| Err(format!("{path} has no item as {each}: {}", shown(value))));
    }
    if !value.is_object() {
        return Err(format!("{path} is {}, not an object", shown(value)));
    }
    let mut fields = pattern.iter();
    fields.try_for_each(|(key, each)| check(each, &value[key.as_str()], variables, &format!("{path}.{key}")))
}

fn special(pattern: &str, value: &Value, variables: &Variables) -> Result<bool, String> {
    let compared = |least: &str, is: fn(f64, f64) -> bool| {
        let least: f64 = least.parse().map_err(|_| format!("{pattern} has no number"))?;
        Ok(number(value).is_some_and(|number| is(number, least)))
    };
    match pattern {
        "$any" => Ok(!is_default(value)),
        "$absent" => Ok(is_default(value)),
        _ => {
            if let Some(expression) = pattern.strip_prefix("$re:") {
                return Ok(value.as_str().is_some_and(|text| matches_whole(expression, text)));
            }
            if let Some(least) = pattern.strip_prefix("$gt:") {
                return compared(least, |number, least| number > least);
            }
            if let Some(least) = pattern.strip_prefix("$ge:") {
                return compared(least, |number, least| number >= least);
            }
            if let Some(variable) = pattern.strip_prefix("$same:") {
                return Ok(variables.get(variable).is_some_and(|expected| equal(expected, value)));
            }
            Ok(value.as_str() == Some(pattern))
        }
    }
}

fn matches_whole(expression: &str, text: &str) -> bool {
    Regex::new(&format!("(?s)^(?:{expression})$")).is_ok_and(|expression| expression.is_match(text))
}

/// Whether an expression is found anywhere in a text.
pub fn is_found(expression: &str, text: &str) -> bool {
    Regex::new(expression).is_ok_and(|expression| expression.is_match(text))
}

/// Whether it is what is there when nothing was set.
fn is_default(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(is) => !is,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty() || text == "0" || text.ends_with("_UNSPECIFIED"),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

fn equal(expected: &Value, value: &Value) -> bool {
    match expected {
        Value::Number(_) => match (number(expected), number(value)) {
            (Some(expected), Some(number)) => (number - expected).abs() <= 1e-9 * expected.abs().max(1.0),
            _ => false,
        },
        _ => expected == value,
    }
}

/// A number, also as the text of a whole one.
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::String(text) => text.parse::<i64>().ok().map(|whole| whole as f64),
        _ => value.as_f64(),
    }
}

pub fn shown(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 600 { text } else { text.chars().take(600).chain("...".chars()).collect() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn saved() -> Variables {
        Variables::from([("uid".to_owned(), json!("u-1"))])
    }

    fn defaults() -> Vec<Value> {
        vec![
            json!(null),
            json!(""),
            json!(0),
            json!("0"),
            json!(false),
            json!([]),
            json!({}),
            json!("VM_STATE_UNSPECIFIED"),
        ]
    }

    #[test]
    fn what_matches() {
        for (pattern, value) in [
            (json!({"a": 1}), json!({"a": 1, "b": 2})),
            (json!({"a": 1}), json!({"a": "1"})),
            (json!(0.5), json!(0.500_000_000_000_1)),
            (json!("text"), json!("text")),
            (json!(true), json!(true)),
            (json!([1, "$any"]), json!(["1", "x"])),
            (json!([]), json!([])),
            (json!("$any"), json!(["x"])),
            (json!({"a": "$absent"}), json!({})),
            (json!("$re:op.*/[0-9]+"), json!("operations/1")),
            (json!("$gt:1"), json!("2")),
            (json!("$ge:2"), json!(2)),
            (json!("$same:uid"), json!("u-1")),
            (json!({"$contains": [{"a": 1}, {"a": 2}]}), json!([{"a": 2}, {"a": 3}, {"a": 1}])),
            (json!({"$len": 2}), json!([1, 2])),
            (json!({"$not": "$any"}), json!("")),
        ] {
            assert_eq!(check(&pattern, &value, &saved(), "response"), Ok(()), "{pattern} {value}");
        }
        for value in defaults() {
            assert_eq!(check(&json!("$absent"), &value, &saved(), "response"), Ok(()));
        }
    }

    #[test]
    fn what_does_not() {
        for (pattern, value) in [
            (json!({"a": 1}), json!({"b": 1})),
            (json!({"a": 1}), json!(null)),
            (json!(1), json!(true)),
            (json!(true), json!(1)),
            (json!(1), json!("x")),
            (json!("text"), json!(null)),
            (json!([1]), json!([1, 2])),
            (json!([1, 2]), json!([2, 1])),
            (json!([1]), json!({"0": 1})),
            (json!("$absent"), json!("x")),
            (json!("$re:op"), json!("operations/1")),
            (json!("$gt:2"), json!("2")),
            (json!("$gt:2"), json!(null)),
            (json!("$ge:2"), json!(1)),
            (json!("$same:uid"), json!("u-2")),
            (json!("$same:other"), json!(null)),
            (json!({"$contains": [{"a": 1}]}), json!([{"a": 2}])),
            (json!({"$contains": [1]}), json!(null)),
            (json!({"$len": 2}), json!([1])),
            (json!({"$not": "x"}), json!("x")),
        ] {
            assert!(check(&pattern, &value, &saved(), "response").is_err(), "{pattern} {value}");
        }
        for value in defaults() {
            assert!(check(&json!("$any"), &value, &saved(), "response").is_err(), "{value}");
        }
    }

    #[test]
    fn a_mismatch_says_where_and_what() {
        let (pattern, value) = (json!({"vm": {"held": {"vcpus": 2}}}), json!({"vm": {"held": {"vcpus": "3"}}}));
        let why = check(&pattern, &value, &saved(), "response").unwrap_err();
        assert_eq!(why, r#"response.vm.held.vcpus is "3", not 2"#);
    }

    #[test]
    fn a_path_leads_into_objects_and_lists() {
        let value = json!({"vms": [{"name": "a"}, {"name": "b"}]});
        assert_eq!(at(&value, "vms[1].name"), Ok(&json!("b")));
        assert_eq!(at(&value, ""), Ok(&value));
        assert!(at(&value, "vms[2]").unwrap_err().starts_with("there is no vms[2]"));
    }

    #[test]
    fn variables_are_filled_in_in_keys_and_values() {
        let variables = Variables::from([("k".to_owned(), json!("key")), ("v".to_owned(), json!(7))]);
        let filled = substituted(&json!({"${k}": ["${v}-${v}!", 1]}), &variables).unwrap();
        assert_eq!(filled, json!({"key": ["7-7!", 1]}));
        assert!(substituted(&json!("${x}"), &variables).unwrap_err().contains("no variable x"));
    }
}
