//! README.md has the example as it is compiled and run.

#[test]
fn the_readme_has_the_example_word_for_word() {
    let readme = include_str!("../README.md");
    let code = readme.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a block of Rust");
    assert_eq!(code, include_str!("../examples/quickstart.rs"), "copy examples/quickstart.rs to README.md");
}
