package dev.chronovisor.client;

import com.google.longrunning.Operation;
import dev.chronovisor.v1.CreateVmRequest;
import dev.chronovisor.v1.DeleteVmRequest;
import dev.chronovisor.v1.GetVmRequest;
import dev.chronovisor.v1.ListVmsRequest;
import dev.chronovisor.v1.ListVmsResponse;
import dev.chronovisor.v1.PauseVmRequest;
import dev.chronovisor.v1.RebootVmRequest;
import dev.chronovisor.v1.ResumeVmRequest;
import dev.chronovisor.v1.StartVmRequest;
import dev.chronovisor.v1.StopVmRequest;
import dev.chronovisor.v1.UpdateVmRequest;
import dev.chronovisor.v1.Vm;
import dev.chronovisor.v1.VmChange;
import dev.chronovisor.v1.VmServiceGrpc;
import dev.chronovisor.v1.VmSpec;
import dev.chronovisor.v1.WatchVmsRequest;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.time.Instant;

/**
 * VMs. A name is {@code web-1} (in the connection's project), {@code shop/web-1}, or {@code
 * projects/shop/vms/web-1}.
 *
 * <p>Commands return once they are durable: {@link VmOperation#await()} waits for the VM to be
 * there. Methods that take a request have all that the API has.
 */
public final class Vms {
  private final Chronovisor chronovisor;
  private final String project;

  Vms(Chronovisor chronovisor, String project) {
    this.chronovisor = chronovisor;
    this.project = project;
  }

  /** What a VM is made of that boots from a disk image of its host. */
  public static VmSpec imageSpec(String image, long vcpus, long memoryMib, long diskGib) {
    VmSpec.Builder spec = VmSpec.newBuilder();
    spec.getResourcesBuilder().setVcpus(vcpus).setMemoryMib(memoryMib).setDiskGib(diskGib);
    spec.getBootBuilder().getImageBuilder().setImage(image);
    return spec.build();
  }

  /** Records a VM's definition: it is STOPPED, and holds nothing. */
  public VmOperation create(String name, VmSpec spec) {
    return create(createRequest(name, spec).build());
  }

  /** Records a VM's definition and starts it, both or neither. */
  public VmOperation createAndStart(String name, VmSpec spec) {
    return create(createRequest(name, spec).setStart(true).build());
  }

  /** Records a VM's definition. */
  public VmOperation create(CreateVmRequest request) {
    return begin(VmServiceGrpc.getCreateVmMethod(), request);
  }

  private CreateVmRequest.Builder createRequest(String name, VmSpec spec) {
    String whole = Names.vm(name, project);
    return CreateVmRequest.newBuilder()
        .setParent(Names.parent(whole))
        .setVmId(Names.id(whole))
        .setVm(Vm.newBuilder().setSpec(spec));
  }

  /** One VM, now. A destroyed one is found by its uid. */
  public Vm get(String name) {
    return get(GetVmRequest.newBuilder().setName(Names.vm(name, project)).build());
  }

  /** One VM, as it was then. */
  public Vm get(String name, Instant readTime) {
    return get(
        GetVmRequest.newBuilder()
            .setName(Names.vm(name, project))
            .setReadTime(Protos.timestamp(readTime))
            .build());
  }

  /** One VM, at a past position, or once a position can be read. */
  public Vm get(GetVmRequest request) {
    return chronovisor.call(VmServiceGrpc.getGetVmMethod(), request);
  }

  /** The VMs of a project; of all with {@code -}. */
  public Pager<ListVmsResponse, Vm> list(String projectId) {
    return list(ListVmsRequest.newBuilder().setParent(Names.project(projectId)).build());
  }

  /** VMs by filter, in order, as of a past time. */
  public Pager<ListVmsResponse, Vm> list(ListVmsRequest request) {
    return chronovisor.list(VmServiceGrpc.getListVmsMethod(), request, ListVmsResponse::getVmsList);
  }

  /** Changes labels, lifetime, or the spec of a STOPPED VM. */
  public VmOperation update(UpdateVmRequest request) {
    return begin(VmServiceGrpc.getUpdateVmMethod(), request);
  }

  /** Places a VM and starts it. */
  public VmOperation start(String name) {
    return start(StartVmRequest.newBuilder().setName(Names.vm(name, project)).build());
  }

  /** Places a VM and starts it. */
  public VmOperation start(StartVmRequest request) {
    return begin(VmServiceGrpc.getStartVmMethod(), request);
  }

  /** Stops a VM, which has 60 s to power off by itself. */
  public VmOperation stop(String name) {
    return stop(StopVmRequest.newBuilder().setName(Names.vm(name, project)).build());
  }

  /** Stops a VM, which has so long to power off by itself: with zero, it is forced at once. */
  public VmOperation stop(String name, Duration gracePeriod) {
    return stop(
        StopVmRequest.newBuilder()
            .setName(Names.vm(name, project))
            .setGracePeriod(Protos.duration(gracePeriod))
            .build());
  }

  /** Stops a VM. */
  public VmOperation stop(StopVmRequest request) {
    return begin(VmServiceGrpc.getStopVmMethod(), request);
  }

  /** Restarts the guest in place. */
  public VmOperation reboot(String name) {
    return reboot(RebootVmRequest.newBuilder().setName(Names.vm(name, project)).build());
  }

  /** Restarts the guest in place. */
  public VmOperation reboot(RebootVmRequest request) {
    return begin(VmServiceGrpc.getRebootVmMethod(), request);
  }

  /** Freezes the guest's CPUs; it keeps all that it holds. */
  public VmOperation pause(String name) {
    return pause(PauseVmRequest.newBuilder().setName(Names.vm(name, project)).build());
  }

  /** Freezes the guest's CPUs. */
  public VmOperation pause(PauseVmRequest request) {
    return begin(VmServiceGrpc.getPauseVmMethod(), request);
  }

  /** Lets a PAUSED guest go on. */
  public VmOperation resume(String name) {
    return resume(ResumeVmRequest.newBuilder().setName(Names.vm(name, project)).build());
  }

  /** Lets a PAUSED guest go on. */
  public VmOperation resume(ResumeVmRequest request) {
    return begin(VmServiceGrpc.getResumeVmMethod(), request);
  }

  /** Destroys a VM in whatever state it is, its disk with it. Its history stays. */
  public VmOperation delete(String name) {
    return delete(DeleteVmRequest.newBuilder().setName(Names.vm(name, project)).build());
  }

  /** Destroys a VM. */
  public VmOperation delete(DeleteVmRequest request) {
    return begin(VmServiceGrpc.getDeleteVmMethod(), request);
  }

  /**
   * The VMs of a project (of all with {@code -}) as they are and as they change: what {@link
   * #list(String)} gives, kept up. One that is {@code gone} is to be dropped.
   */
  public Watch<VmChange> watch(String projectId) {
    return watch(WatchVmsRequest.newBuilder().setParent(Names.project(projectId)).build());
  }

  /** VMs as they change, from where the request says. */
  public Watch<VmChange> watch(WatchVmsRequest request) {
    return chronovisor.watch(VmServiceGrpc.getWatchVmsMethod(), request, VmChange.class);
  }

  private <Q> VmOperation begin(MethodDescriptor<Q, Operation> method, Q request) {
    return new VmOperation(chronovisor.operations(), chronovisor.call(method, request));
  }
}
