//! Resource names: what people type, made whole. See AIP-122.

use crate::Error;

/// `projects/{project}` from itself or from its id.
///
/// ```
/// assert_eq!(chronovisor::names::project("shop")?, "projects/shop");
/// # Ok::<(), chronovisor::Error>(())
/// ```
pub fn project(given: &str) -> Result<String, Error> {
    whole(given, "projects")
}

/// `hosts/{host}` from itself or from its id.
pub fn host(given: &str) -> Result<String, Error> {
    whole(given, "hosts")
}

/// `operations/{operation}` from itself or from its id.
pub fn operation(given: &str) -> Result<String, Error> {
    whole(given, "operations")
}

/// `projects/{project}/vms/{vm}` from itself or from `project/vm`.
///
/// ```
/// assert_eq!(chronovisor::names::vm("shop/web-1")?, "projects/shop/vms/web-1");
/// assert!(chronovisor::names::vm("web-1").is_err());
/// # Ok::<(), chronovisor::Error>(())
/// ```
pub fn vm(given: &str) -> Result<String, Error> {
    match given.split('/').collect::<Vec<_>>()[..] {
        [project, vm] if !project.is_empty() && !vm.is_empty() && project != "projects" => {
            Ok(format!("projects/{project}/vms/{vm}"))
        }
        ["projects", project, "vms", vm] if !project.is_empty() && !vm.is_empty() => Ok(given.to_owned()),
        _ => Err(Error::InvalidName(format!(
            "{given:?} is not the name of a VM: give PROJECT/VM, such as shop/web-1, or projects/PROJECT/vms/VM"
        ))),
    }
}

/// A VM's parent and id: `projects/shop` and `web-1` of `shop/web-1`.
pub(crate) fn vm_parts(given: &str) -> Result<(String, String), Error> {
    let name = vm(given)?;
    let (parent, id) = name.split_once("/vms/").expect("the name of a VM has /vms/");
    Ok((parent.to_owned(), id.to_owned()))
}

fn whole(given: &str, collection: &str) -> Result<String, Error> {
    match given.split('/').collect::<Vec<_>>()[..] {
        [id] if !id.is_empty() => Ok(format!("{collection}/{id}")),
        [first, id] if first == collection && !id.is_empty() => Ok(given.to_owned()),
        _ => {
            Err(Error::InvalidName(format!("{given:?} is not a name in {collection}: give an id, or {collection}/ID")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_made_whole_and_whole_ones_stay() {
        assert_eq!(vm("projects/shop/vms/web-1").unwrap(), "projects/shop/vms/web-1");
        assert_eq!(vm_parts("shop/web-1").unwrap(), ("projects/shop".to_owned(), "web-1".to_owned()));
        assert_eq!(host("hosts/node-1").unwrap(), "hosts/node-1");
        assert_eq!(operation("1.4").unwrap(), "operations/1.4");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for given in ["", "/", "shop/", "/web-1", "projects/shop", "projects//vms/x", "a/b/c", "hosts/a/vms/b"] {
            assert!(vm(given).is_err(), "{given}");
        }
        assert!(project("hosts/a").is_err());
        assert!(host("").is_err());
    }
}
