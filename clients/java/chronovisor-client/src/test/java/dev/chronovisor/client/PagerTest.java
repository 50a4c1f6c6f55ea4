package dev.chronovisor.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.chronovisor.v1.GetVmRequest;
import dev.chronovisor.v1.ListVmsRequest;
import dev.chronovisor.v1.ListVmsResponse;
import dev.chronovisor.v1.Vm;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PagerTest {
  private final List<String> tokens = new ArrayList<>();

  /** Three pages, of which the second is empty. */
  private ListVmsResponse page(com.google.protobuf.Message request) {
    String token = ((ListVmsRequest) request).getPageToken();
    assertEquals("projects/shop", ((ListVmsRequest) request).getParent());
    tokens.add(token);
    ListVmsResponse.Builder page = ListVmsResponse.newBuilder();
    return switch (token) {
      case "" -> page.addVms(vm("a")).addVms(vm("b")).setNextPageToken("2").build();
      case "2" -> page.setNextPageToken("3").build();
      default -> page.addVms(vm("c")).build();
    };
  }

  private static Vm vm(String name) {
    return Vm.newBuilder().setName(name).build();
  }

  private Pager<ListVmsResponse, Vm> pager() {
    return new Pager<>(
        this::page,
        ListVmsRequest.newBuilder().setParent("projects/shop").build(),
        ListVmsResponse::getVmsList);
  }

  @Test
  void itemsComeFromAllPages() {
    assertEquals(List.of("a", "b", "c"), pager().stream().map(Vm::getName).toList());
    assertEquals(List.of("", "2", "3"), tokens);
  }

  @Test
  void aPageIsRequestedWhenTheReaderGetsThere() {
    assertEquals(List.of("a", "b"), pager().stream().limit(2).map(Vm::getName).toList());
    assertEquals(List.of(""), tokens);
  }

  @Test
  void anIteratorBeginsWithTheFirstPage() {
    Pager<ListVmsResponse, Vm> pager = pager();
    pager.forEach(each -> {});
    assertEquals("a", pager.iterator().next().getName());
  }

  @Test
  void whatHasNoPagesIsRefused() {
    var pager =
        new Pager<Vm, Vm>(
            request -> Vm.getDefaultInstance(), GetVmRequest.getDefaultInstance(), List::of);
    assertThrows(IllegalArgumentException.class, () -> pager.iterator().next());
  }
}
