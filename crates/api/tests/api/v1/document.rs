//! The description of the full API.

use std::path::PathBuf;

use serde_json::Value;

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json")
}

#[test]
fn the_description_is_the_one_in_the_documents() {
    let kept = std::fs::read_to_string(path()).unwrap_or_default();
    assert!(kept == api::document() + "\n", "docs/openapi.json is not what the code says: make openapi");
}

#[test]
#[ignore = "it writes docs/openapi.json: make openapi"]
fn write_the_description() {
    std::fs::write(path(), api::document() + "\n").unwrap();
}

#[test]
fn every_operation_has_a_name_of_its_own_and_says_what_it_answers() {
    let document: Value = serde_json::from_str(&api::document()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut names = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        assert!(path.starts_with("/api/v1/"), "{path}");
        for (method, operation) in item.as_object().unwrap() {
            let what = format!("{method} {path}");
            names.push(operation["operationId"].as_str().unwrap_or_else(|| panic!("{what}")).to_owned());
            assert!(operation["summary"].is_string(), "{what}");
            assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{what}");
            assert!(
                operation["responses"].as_object().unwrap().keys().any(|status| status.starts_with('2')),
                "{what}"
            );
            for parameter in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
                let parameters = operation["parameters"].as_array().unwrap_or_else(|| panic!("{what}"));
                let is_it =
                    |one: &Value| one["name"] == parameter && one["in"] == "path" && one["required"] == true;
                assert!(parameters.iter().any(is_it), "{what} {parameter}");
            }
        }
    }
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "{names:?}");
}
