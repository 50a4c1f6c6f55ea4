import dev.chronovisor.client.Chronovisor;
import dev.chronovisor.client.ChronovisorException;
import dev.chronovisor.client.Protos;
import dev.chronovisor.v1.ClassUsage;
import dev.chronovisor.v1.Usage;
import java.io.IOException;
import java.io.PrintStream;
import java.io.Reader;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * A bill for what each project used: by default of the day before today, for a timer at night.
 *
 * <p>The ledger counts exactly what was held, times how long, and gives the same answer for the
 * same window for ever: a bill can be made again, and compared. Prices are for one unit and hour.
 */
final class UsageBill {
  private static final String USAGE =
      """
      usage: UsageBill [--scope SCOPE] [--by GROUP] [--day YYYY-MM-DD | --today | --from TIME --to TIME]
                       [--prices FILE] [--csv]

        --scope SCOPE   fleet, projects/PROJECT or projects/PROJECT/vms/VM; fleet by default
        --by GROUP      projects (by default), vms or labels.KEY
        --day DAY       from midnight to midnight here; yesterday by default
        --today         from midnight until now
        --from, --to    such as 2026-11-01T00:00:00Z; the second is excluded
        --prices FILE   lines such as vcpus = 0.02, of one unit and hour; memory_mib is of a GiB
        --csv           one line for each group and resource class
      """;

  private static final Map<String, BigDecimal> PRICES =
      Map.of(
          "vcpus", new BigDecimal("0.0200"),
          "memory_mib", new BigDecimal("0.0050"),
          "disk_gib", new BigDecimal("0.0001"));
  private static final BigDecimal MIB_OF_GIB = BigDecimal.valueOf(1024);
  private static final BigDecimal SECONDS_OF_HOUR = BigDecimal.valueOf(3600);

  /** A line of the bill: what one group held of one class, in its unit x hours, and the price. */
  record Line(String group, String resourceClass, BigDecimal unitHours, BigDecimal price) {
    BigDecimal amount() {
      return unitHours.multiply(price).setScale(2, RoundingMode.HALF_UP);
    }

    String unit() {
      return resourceClass.equals("memory_mib") ? "memory_gib" : resourceClass;
    }
  }

  /** A window of time: from, included, to, excluded. */
  record Window(Instant from, Instant to) {
    static Window ofDay(LocalDate day, ZoneId zone) {
      return new Window(
          day.atStartOfDay(zone).toInstant(), day.plusDays(1).atStartOfDay(zone).toInstant());
    }
  }

  private UsageBill() {}

  public static void main(String[] arguments) throws IOException {
    Map<String, String> options;
    try {
      options = optionsOf(arguments);
    } catch (IllegalArgumentException wrong) {
      System.err.println(wrong.getMessage());
      System.err.print(USAGE);
      System.exit(2);
      return;
    }
    try (Chronovisor chronovisor = Chronovisor.connect()) {
      // Of the ledger's time, which may differ from this machine's.
      Instant now = Protos.instant(chronovisor.utilization().get("fleet").getReadTime());
      Window window = windowOf(options, now, ZoneId.systemDefault());
      Map<String, BigDecimal> prices =
          options.containsKey("--prices") ? pricesOf(Path.of(options.get("--prices"))) : PRICES;
      List<Line> lines = new ArrayList<>();
      for (Usage usage :
          chronovisor
              .utilization()
              .usage(
                  options.getOrDefault("--scope", "fleet"),
                  window.from(),
                  window.to(),
                  options.getOrDefault("--by", "projects"))) {
        lines.addAll(linesOf(usage, prices));
      }
      if (options.containsKey("--csv")) {
        printCsv(lines, window, System.out);
      } else {
        printText(lines, window, System.out);
      }
    } catch (ChronovisorException | DateTimeParseException refused) {
      System.err.println("no bill: " + refused.getMessage());
      System.exit(1);
    }
  }

  static Map<String, String> optionsOf(String[] arguments) {
    List<String> flags = List.of("--today", "--csv");
    List<String> valued = List.of("--scope", "--by", "--day", "--from", "--to", "--prices");
    Map<String, String> options = new LinkedHashMap<>();
    for (int at = 0; at < arguments.length; at++) {
      String option = arguments[at];
      if (flags.contains(option)) {
        options.put(option, "");
      } else if (valued.contains(option) && at + 1 < arguments.length) {
        options.put(option, arguments[++at]);
      } else {
        throw new IllegalArgumentException("what is " + option + "?");
      }
    }
    if (options.containsKey("--from") != options.containsKey("--to")) {
      throw new IllegalArgumentException("--from and --to go together");
    }
    return options;
  }

  static Window windowOf(Map<String, String> options, Instant now, ZoneId zone) {
    LocalDate today = LocalDate.ofInstant(now, zone);
    if (options.containsKey("--from")) {
      return new Window(Instant.parse(options.get("--from")), Instant.parse(options.get("--to")));
    }
    if (options.containsKey("--today")) {
      return new Window(Window.ofDay(today, zone).from(), now);
    }
    String day = options.get("--day");
    return Window.ofDay(day == null ? today.minusDays(1) : LocalDate.parse(day), zone);
  }

  static Map<String, BigDecimal> pricesOf(Path file) throws IOException {
    Properties read = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      read.load(reader);
    }
    Map<String, BigDecimal> prices = new LinkedHashMap<>();
    for (String name : read.stringPropertyNames()) {
      prices.put(name, new BigDecimal(read.getProperty(name).strip()));
    }
    return prices;
  }

  static List<Line> linesOf(Usage usage, Map<String, BigDecimal> prices) {
    List<Line> lines = new ArrayList<>();
    for (ClassUsage each : usage.getClassesList()) {
      BigDecimal seconds =
          BigDecimal.valueOf(each.getUnitSeconds())
              .add(BigDecimal.valueOf(each.getUnitMicros(), 6));
      BigDecimal divisor =
          each.getResourceClass().equals("memory_mib")
              ? SECONDS_OF_HOUR.multiply(MIB_OF_GIB)
              : SECONDS_OF_HOUR;
      BigDecimal hours = seconds.divide(divisor, 6, RoundingMode.HALF_UP);
      BigDecimal price = prices.getOrDefault(each.getResourceClass(), BigDecimal.ZERO);
      lines.add(new Line(usage.getGroup(), each.getResourceClass(), hours, price));
    }
    return lines;
  }

  static void printCsv(List<Line> lines, Window window, PrintStream out) {
    out.println("from,to,group,resource,unit_hours,price,amount");
    for (Line line : lines) {
      out.printf(
          "%s,%s,%s,%s,%s,%s,%s%n",
          window.from(),
          window.to(),
          line.group(),
          line.unit(),
          line.unitHours().toPlainString(),
          line.price().toPlainString(),
          line.amount().toPlainString());
    }
  }

  static void printText(List<Line> lines, Window window, PrintStream out) {
    Duration length = Duration.between(window.from(), window.to());
    out.printf(
        "Usage from %s to %s (%.2f h)%n",
        window.from(), window.to(), length.toMillis() / 3_600_000.0);
    int width = lines.stream().mapToInt(each -> each.group().length()).max().orElse(0);
    width = Math.max(width, "total".length());
    String group = null;
    BigDecimal total = BigDecimal.ZERO.setScale(2);
    for (Line line : lines) {
      String shown = line.group().equals(group) ? "" : line.group();
      group = line.group();
      total = total.add(line.amount());
      out.printf(
          "%-" + width + "s  %-12s %16s h  x %10s  = %12s%n",
          shown,
          line.unit(),
          line.unitHours().setScale(3, RoundingMode.HALF_UP).toPlainString(),
          line.price().toPlainString(),
          line.amount().toPlainString());
    }
    if (lines.isEmpty()) {
      out.println("nothing was used");
    }
    out.printf("%-" + (width + 49) + "s  %12s%n", "total", total.toPlainString());
  }
}
