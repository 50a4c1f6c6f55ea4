import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.chronovisor.v1.Usage;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsageBillTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final Map<String, BigDecimal> PRICES =
      Map.of("vcpus", new BigDecimal("0.5"), "memory_mib", new BigDecimal("0.25"));

  private static UsageBill.Window window(String now, String... arguments) {
    return UsageBill.windowOf(UsageBill.optionsOf(arguments), Instant.parse(now), BERLIN);
  }

  private static Usage usage() {
    Usage.Builder usage = Usage.newBuilder().setGroup("projects/shop");
    // 2 vCPUs for 90 minutes and a millionth of a second, 1.5 GiB for 2 hours.
    usage.addClassesBuilder().setResourceClass("vcpus").setUnitSeconds(10_800).setUnitMicros(1);
    usage.addClassesBuilder().setResourceClass("memory_mib").setUnitSeconds(1536 * 7200);
    usage.addClassesBuilder().setResourceClass("gpu.a100").setUnitSeconds(3600);
    return usage.build();
  }

  private interface Print {
    void to(PrintStream out);
  }

  private static String printed(Print print) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    print.to(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aDayIsFromMidnightToMidnightAlsoWhereTheClockIsSet() {
    var before = window("2026-11-29T05:00:00Z");
    assertEquals(Instant.parse("2026-11-27T23:00:00Z"), before.from());
    assertEquals(Instant.parse("2026-11-28T23:00:00Z"), before.to());
    var longDay = window("2026-11-29T05:00:00Z", "--day", "2026-10-25");
    assertEquals(Instant.parse("2026-10-24T22:00:00Z"), longDay.from());
    assertEquals(Instant.parse("2026-10-25T23:00:00Z"), longDay.to());
  }

  @Test
  void todayEndsNow() {
    var today = window("2026-11-29T05:00:00Z", "--today");
    assertEquals(Instant.parse("2026-11-28T23:00:00Z"), today.from());
    assertEquals(Instant.parse("2026-11-29T05:00:00Z"), today.to());
  }

  @Test
  void optionsThatSayNothingAreRefused() {
    for (String[] wrong :
        List.of(new String[] {"--x"}, new String[] {"--day"}, new String[] {"--from", "now"})) {
      assertThrows(IllegalArgumentException.class, () -> UsageBill.optionsOf(wrong));
    }
  }

  @Test
  void aBillIsExactToTheCent() {
    List<UsageBill.Line> lines = UsageBill.linesOf(usage(), PRICES);
    assertEquals(new BigDecimal("3.000000"), lines.get(0).unitHours());
    assertEquals(new BigDecimal("1.50"), lines.get(0).amount());
    assertEquals(new BigDecimal("3.000000"), lines.get(1).unitHours());
    assertEquals(new BigDecimal("0.75"), lines.get(1).amount());
    assertEquals(new BigDecimal("0.00"), lines.get(2).amount());
  }

  @Test
  void textHasATotalAndCsvALineForEachClass() {
    List<UsageBill.Line> lines = UsageBill.linesOf(usage(), PRICES);
    var window = window("2026-11-29T05:00:00Z");
    String text = printed(out -> UsageBill.printText(lines, window, out));
    assertEquals("2.25", text.strip().split("\\s+")[text.strip().split("\\s+").length - 1]);
    List<String> csv = printed(out -> UsageBill.printCsv(lines, window, out)).lines().toList();
    assertEquals("from,to,group,resource,unit_hours,price,amount", csv.get(0));
    assertEquals(
        "2026-11-27T23:00:00Z,2026-11-28T23:00:00Z,projects/shop,memory_gib,3.000000,0.25,0.75",
        csv.get(2));
    assertEquals(4, csv.size());
  }

  @Test
  void pricesComeFromAFile(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("prices"), "vcpus = 0.5\n# none\ngpu.a100=2\n");
    assertEquals(
        Map.of("vcpus", new BigDecimal("0.5"), "gpu.a100", new BigDecimal("2")),
        UsageBill.pricesOf(file));
  }
}
