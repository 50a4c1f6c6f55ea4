//! The common calls by short names: `client.vms().start("shop/web-1")`. Everything else is [`Client::call`] and its kin.

use crate::operation::Operation;
use crate::pager::Pager;
use crate::v1::{
    BootSource, CordonHostRequest, CreateProjectRequest, CreateVmRequest, DeleteProjectRequest, DeleteVmRequest,
    GetHostRequest, GetProjectRequest, GetUtilizationRequest, GetVmRequest, Host, ImageBoot, ListEventsRequest,
    ListHostsRequest, ListProjectsRequest, ListVmsRequest, PauseVmRequest, Project, ProveEventRequest, RebootVmRequest,
    Resources, ResumeVmRequest, StartVmRequest, StopVmRequest, UncordonHostRequest, Utilization, Vm, VmChange, VmSpec,
    WatchEventsRequest, WatchUtilizationRequest, WatchVmsRequest, boot_source::Source,
};
use crate::verify::{NotProven, Row, check_inclusion};
use crate::watch::Watch;
use crate::{Client, Error, events, names};

/// How many items of a list come at once.
const PAGE: i32 = 1000;

/// VMs, by `project/vm` or whole names.
#[derive(Debug, Clone)]
pub struct Vms(Client);

/// Hosts, by ids or whole names.
#[derive(Debug, Clone)]
pub struct Hosts(Client);

/// Projects, by ids or whole names.
#[derive(Debug, Clone)]
pub struct Projects(Client);

/// The ledger: events, now and as they come, and their proofs.
#[derive(Debug, Clone)]
pub struct History(Client);

impl Client {
    /// Calls about VMs.
    pub fn vms(&self) -> Vms {
        Vms(self.clone())
    }

    /// Calls about hosts.
    pub fn hosts(&self) -> Hosts {
        Hosts(self.clone())
    }

    /// Calls about projects.
    pub fn projects(&self) -> Projects {
        Projects(self.clone())
    }

    /// Calls about the ledger.
    pub fn history(&self) -> History {
        History(self.clone())
    }

    /// The totals of a scope: `fleet`, `hosts/{host}`, `zones/{zone}` or `projects/{project}`.
    pub async fn utilization(&self, scope: &str) -> Result<Utilization, Error> {
        self.call(GetUtilizationRequest { scope: scope.to_owned(), ..Default::default() }).await
    }

    /// The totals of a scope as they are, and as they change.
    pub fn watch_utilization(&self, scope: &str) -> Watch<Utilization> {
        self.watch(WatchUtilizationRequest { scope: scope.to_owned(), ..Default::default() })
    }
}

/// `project` alone is a whole parent, `-` and nothing are all of them.
fn parent(project: &str) -> Result<String, Error> {
    names::project(if project.is_empty() { "-" } else { project })
}

impl Vms {
    /// One VM. A destroyed one is found by `project/uid`.
    pub async fn get(&self, name: &str) -> Result<Vm, Error> {
        self.0.call(GetVmRequest { name: names::vm(name)?, ..Default::default() }).await
    }

    /// The VMs of a project; of all with `-`.
    pub fn list(&self, project: &str) -> Pager<Vm> {
        match parent(project) {
            Ok(parent) => self.0.list(ListVmsRequest { parent, page_size: PAGE, ..Default::default() }),
            Err(error) => Pager::refused(error),
        }
    }

    /// Records a VM, STOPPED. See [`Vm::sized`].
    pub async fn create(&self, name: &str, vm: Vm) -> Result<Operation<Vm>, Error> {
        self.create_with(name, vm, false).await
    }

    /// Records a VM and starts it, both or neither.
    pub async fn create_and_start(&self, name: &str, vm: Vm) -> Result<Operation<Vm>, Error> {
        self.create_with(name, vm, true).await
    }

    async fn create_with(&self, name: &str, vm: Vm, start: bool) -> Result<Operation<Vm>, Error> {
        let (parent, vm_id) = names::vm_parts(name)?;
        self.0.run(CreateVmRequest { parent, vm_id, vm: Some(vm), start, ..Default::default() }).await
    }

    /// Places a VM on a host and starts it.
    pub async fn start(&self, name: &str) -> Result<Operation<Vm>, Error> {
        self.0.run(StartVmRequest { name: names::vm(name)?, ..Default::default() }).await
    }

    /// Stops a VM: its compute is free for others, its disk is kept.
    pub async fn stop(&self, name: &str) -> Result<Operation<Vm>, Error> {
        self.0.run(StopVmRequest { name: names::vm(name)?, ..Default::default() }).await
    }

    /// Restarts a VM's guest in place.
    pub async fn reboot(&self, name: &str) -> Result<Operation<Vm>, Error> {
        self.0.run(RebootVmRequest { name: names::vm(name)?, ..Default::default() }).await
    }

    /// Freezes a VM's CPUs; it keeps all it holds.
    pub async fn pause(&self, name: &str) -> Result<Operation<Vm>, Error> {
        self.0.run(PauseVmRequest { name: names::vm(name)?, ..Default::default() }).await
    }

    /// Lets a paused VM go on.
    pub async fn resume(&self, name: &str) -> Result<Operation<Vm>, Error> {
        self.0.run(ResumeVmRequest { name: names::vm(name)?, ..Default::default() }).await
    }

    /// Destroys a VM in whatever state it is, and its disk with it. Its history stays.
    pub async fn delete(&self, name: &str) -> Result<Operation<Vm>, Error> {
        self.0.run(DeleteVmRequest { name: names::vm(name)?, ..Default::default() }).await
    }

    /// The VMs of a project as they are, and as they change; of all with `-`.
    pub fn watch(&self, project: &str) -> Result<Watch<VmChange>, Error> {
        Ok(self.0.watch(WatchVmsRequest { parent: parent(project)?, ..Default::default() }))
    }
}

impl Hosts {
    /// One host.
    pub async fn get(&self, name: &str) -> Result<Host, Error> {
        self.0.call(GetHostRequest { name: names::host(name)?, ..Default::default() }).await
    }

    /// All hosts.
    pub fn list(&self) -> Pager<Host> {
        self.0.list(ListHostsRequest { page_size: PAGE, ..Default::default() })
    }

    /// No new VMs on a host; it keeps what it has.
    pub async fn cordon(&self, name: &str) -> Result<Host, Error> {
        self.0.call(CordonHostRequest { name: names::host(name)?, ..Default::default() }).await
    }

    /// Lets VMs come to a host again.
    pub async fn uncordon(&self, name: &str) -> Result<Host, Error> {
        self.0.call(UncordonHostRequest { name: names::host(name)?, ..Default::default() }).await
    }
}

impl Projects {
    /// A new project, of this id.
    pub async fn create(&self, id: &str) -> Result<Project, Error> {
        self.0.call(CreateProjectRequest { project_id: id.to_owned(), ..Default::default() }).await
    }

    /// One project.
    pub async fn get(&self, name: &str) -> Result<Project, Error> {
        self.0.call(GetProjectRequest { name: names::project(name)?, ..Default::default() }).await
    }

    /// All projects.
    pub fn list(&self) -> Pager<Project> {
        self.0.list(ListProjectsRequest { page_size: PAGE, ..Default::default() })
    }

    /// Ends a project that has no VMs. Its history stays.
    pub async fn delete(&self, name: &str) -> Result<Project, Error> {
        self.0.call(DeleteProjectRequest { name: names::project(name)?, ..Default::default() }).await
    }
}

impl History {
    /// The events of a VM, a host or a project by its whole name, or of all when empty, the oldest first.
    pub fn list(&self, parent: &str) -> Pager<events::v1::Event> {
        self.0.list(ListEventsRequest { parent: parent.to_owned(), page_size: PAGE, ..Default::default() })
    }

    /// The same as they are committed, those after a position first: 0 for the first event on.
    pub fn watch(&self, parent: &str, after_position: i64) -> Watch<events::v1::Event> {
        self.0.watch(WatchEventsRequest { parent: parent.to_owned(), after_position, ..Default::default() })
    }

    /// The event at a position as it is stored, once its proof holds: it is under its seal. Whether the seals are a chain is
    /// for [`Chain`](crate::verify::Chain) to say.
    pub async fn prove(&self, position: i64) -> Result<Row, Error> {
        let proof = self.0.call(ProveEventRequest { position }).await?;
        let seal = proof.seal.as_ref().ok_or_else(|| NotProven("the proof has no seal".to_owned()))?;
        if !(seal.first_position..=seal.last_position).contains(&position) {
            return Err(NotProven(format!("the seal of the proof does not cover position {position}")).into());
        }
        Ok(check_inclusion(&proof)?)
    }
}

impl Vm {
    /// A VM of that size. Give it an image, or another [`BootSource`].
    pub fn sized(vcpus: i64, memory_mib: i64, disk_gib: i64) -> Self {
        let resources = Resources { vcpus, memory_mib, disk_gib, ..Default::default() };
        Self { spec: Some(VmSpec { resources: Some(resources), ..Default::default() }), ..Default::default() }
    }

    /// Boots from a clone of an image: one of the project, by its whole name, or a file of the host's image directory.
    pub fn image(mut self, image: impl Into<String>) -> Self {
        let image = ImageBoot { image: image.into(), ..Default::default() };
        let boot = BootSource { source: Some(Source::Image(image)) };
        self.spec.get_or_insert_default().boot = Some(boot);
        self
    }

    /// Adds a label.
    pub fn label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.insert(key.into(), value.into());
        self
    }
}
