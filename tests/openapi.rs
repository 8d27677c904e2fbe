//! The description of the API is the one that its types give.

use expect_test::expect_file;

#[test]
fn the_description_is_current() {
    let document = serde_json::to_string_pretty(&shared::api::describe::document()).expect("it serialises");
    expect_file!["../edge/openapi.json"].assert_eq(&format!("{document}\n"));
}
