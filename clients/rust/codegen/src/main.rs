//! Generates the stubs, and what the layer knows of each method, from the protos: `dev.sh generate`. Needs no protoc.
//!
//!     codegen INTO INCLUDE...
//!
//! Every proto below `chronovisor/v1` and `chronovisor/events/v1` of the includes is taken, and google's that they need.

mod methods;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use prost::Message as _;
use protox::Compiler;
use protox::prost_reflect::DescriptorPool;

/// What an agent speaks with the control plane is no part of this library.
const LEFT_OUT: &str = "chronovisor/v1/agent_service.proto";
/// Nothing imports it, and errors carry it.
const ERROR_DETAILS: &str = "google/rpc/error_details.proto";
/// The one message of google.api that is an answer.
const HTTP_BODY: &str = "google/api/httpbody.proto";
const OPERATIONS: &str = "google/longrunning/operations.proto";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1).map(PathBuf::from);
    let into = arguments.next().ok_or("usage: codegen INTO INCLUDE...")?;
    let includes: Vec<PathBuf> = arguments.collect();
    let mut files = Vec::new();
    for folder in ["chronovisor/v1", "chronovisor/events/v1"] {
        files.extend(protos_below(&includes, folder)?);
    }
    files.extend([OPERATIONS.to_owned(), ERROR_DETAILS.to_owned()]);

    let mut compiler = Compiler::new(&includes)?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(&files)?;

    let stubs = into.join("src/generated");
    fresh(&stubs)?;
    write_stubs(&stubs, compiler.file_descriptor_set())?;
    let pool = compiler.descriptor_pool();
    fs::write(stubs.join("methods.rs"), methods::source(&pool)?)?;
    for entry in fs::read_dir(&stubs)? {
        let path = entry?.path();
        fs::write(&path, with_fences(&fs::read_to_string(&path)?))?;
    }
    let packages = fs::read_to_string(stubs.join("mod.rs"))?;
    fs::write(stubs.join("mod.rs"), format!("{packages}pub(crate) mod methods;\n"))?;

    let descriptors = into.join("conformance/generated");
    fresh(&descriptors)?;
    write_descriptors(&descriptors.join("api.binpb"), &pool)
}

/// Paths of the protos in a folder, relative to the include that has it, in order.
fn protos_below(includes: &[PathBuf], folder: &str) -> Result<Vec<String>, Box<dyn Error>> {
    let mut found = Vec::new();
    for include in includes.iter().filter(|each| each.join(folder).is_dir()) {
        for entry in fs::read_dir(include.join(folder))? {
            let name = entry?.file_name().into_string().map_err(|name| format!("{name:?} is not UTF-8"))?;
            if name.ends_with(".proto") {
                found.push(format!("{folder}/{name}"));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn fresh(folder: &Path) -> std::io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)
}

fn write_stubs(into: &Path, mut set: prost_types::FileDescriptorSet) -> Result<(), Box<dyn Error>> {
    // The rest of google.api is for options alone.
    set.file.retain(|file| {
        let name = file.name();
        name == HTTP_BODY || (name != LEFT_OUT && !name.starts_with("google/api/"))
    });
    let mut prost = tonic_prost_build::Config::new();
    prost.enable_type_names();
    tonic_prost_build::configure()
        .build_server(false)
        // The layer connects; and a method may be called Connect.
        .build_transport(false)
        .extern_path(".google.rpc", "::tonic_types::pb")
        .out_dir(into)
        .include_file("mod.rs")
        .emit_rerun_if_changed(false)
        .compile_fds_with_config(set, prost)?;
    Ok(())
}

/// The descriptors without comments, for whoever knows methods by name alone.
fn write_descriptors(path: &Path, pool: &DescriptorPool) -> Result<(), Box<dyn Error>> {
    let mut set = prost_types::FileDescriptorSet::decode(pool.encode_to_vec().as_slice())?;
    for file in &mut set.file {
        file.source_code_info = None;
    }
    fs::write(path, set.encode_to_vec())?;
    Ok(())
}

/// What is indented in a comment is a drawing or another language, which rustdoc would compile.
fn with_fences(source: &str) -> String {
    let (mut out, mut is_open) = (String::new(), false);
    for line in source.lines() {
        let code = line.trim_start();
        let indent = &line[..line.len() - code.len()];
        let is_drawn = code.strip_prefix("///").is_some_and(|text| text.starts_with("     "));
        if is_drawn != is_open {
            out.extend([indent, "/// ```", if is_drawn { "text" } else { "" }, "\n"]);
            is_open = is_drawn;
        }
        out.extend([line, "\n"]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::with_fences;

    #[test]
    fn what_is_indented_in_a_comment_is_fenced() {
        let source =
            "    /// A:\n    ///\n    ///      a = b\n    ///        c\n    ///\n    /// B.\n    pub a: i64,\n";
        let fenced = "    /// A:\n    ///\n    /// ```text\n    ///      a = b\n    ///        c\n    /// ```\n    ///\n    /// B.\n    pub a: i64,\n";
        assert_eq!(with_fences(source), fenced);
        assert_eq!(with_fences("/// x\n///     y\nstruct Z;\n"), "/// x\n/// ```text\n///     y\n/// ```\nstruct Z;\n");
    }
}
