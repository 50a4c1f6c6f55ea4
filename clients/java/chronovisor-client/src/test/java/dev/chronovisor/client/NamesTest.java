package dev.chronovisor.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
  @ParameterizedTest
  @CsvSource({
    "web-1, projects/default/vms/web-1",
    "shop/web-1, projects/shop/vms/web-1",
    "projects/shop/vms/web-1, projects/shop/vms/web-1",
  })
  void aVmIsNamedInShortOrInFull(String given, String whole) {
    assertEquals(whole, Names.vm(given, "default"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "shop/",
        "/web-1",
        "projects/shop",
        "projects/shop/vms/",
        "a/b/c",
        "hosts/a/vms/b"
      })
  void whatIsNoVmsNameIsRefused(String given) {
    assertThrows(IllegalArgumentException.class, () -> Names.vm(given, "default"));
  }

  @Test
  void othersAreNamedByIdOrInFull() {
    assertEquals("projects/shop", Names.project("shop"));
    assertEquals("hosts/node-1", Names.host("hosts/node-1"));
    assertEquals("operations/7", Names.operation("7"));
    assertThrows(IllegalArgumentException.class, () -> Names.host("projects/shop"));
    assertEquals("web-1", Names.id("projects/shop/vms/web-1"));
  }
}
