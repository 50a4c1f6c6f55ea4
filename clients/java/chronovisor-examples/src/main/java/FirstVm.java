import dev.chronovisor.client.Chronovisor;
import dev.chronovisor.client.ChronovisorException;
import dev.chronovisor.client.Vms;
import dev.chronovisor.client.Watch;
import dev.chronovisor.events.v1.Event;
import dev.chronovisor.v1.Vm;

public class FirstVm {
  public static void main(String[] arguments) {
    try (Chronovisor chronovisor = Chronovisor.connect()) {
      Vm created =
          chronovisor.vms().create("first", Vms.imageSpec("debian-12.qcow2", 1, 512, 4)).await();
      Vm running = chronovisor.vms().start("first").await();
      System.out.println(
          running.getName() + " is " + running.getState() + " on " + running.getHost());

      // By its uid: another VM may take the name once this one is destroyed.
      String vm = "projects/default/vms/" + created.getUid();
      try (Watch<Event> events = chronovisor.history().watch(vm, 0)) {
        chronovisor.vms().delete("first").await();
        for (Event event : events) {
          System.out.println(
              event.getPosition() + " " + event.getPayloadCase() + " " + event.getActor());
          if (event.hasVmDeleted()) {
            break;
          }
        }
      }
    } catch (ChronovisorException.AlreadyExists taken) {
      System.out.println("there is a VM of this name: " + taken.resource());
    }
  }
}
