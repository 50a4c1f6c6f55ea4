package dev.chronovisor.client;

/** Resource names: what people type, made whole. See AIP-122. */
public final class Names {
  private Names() {}

  /** {@code projects/{project}} from itself or from its id. */
  public static String project(String given) {
    return whole(given, "projects");
  }

  /** {@code hosts/{host}} from itself or from its id. */
  public static String host(String given) {
    return whole(given, "hosts");
  }

  /** {@code operations/{operation}} from itself or from its id. */
  public static String operation(String given) {
    return whole(given, "operations");
  }

  /**
   * {@code projects/{project}/vms/{vm}} from itself, from {@code project/vm}, or from an id in
   * {@code project}.
   */
  public static String vm(String given, String project) {
    String[] parts = given.split("/", -1);
    for (String part : parts) {
      if (part.isEmpty()) {
        throw notOfVm(given);
      }
    }
    return switch (parts.length) {
      case 1 -> project(project) + "/vms/" + given;
      case 2 -> {
        if (parts[0].equals("projects")) {
          throw notOfVm(given);
        }
        yield "projects/" + parts[0] + "/vms/" + parts[1];
      }
      case 4 -> {
        if (!parts[0].equals("projects") || !parts[2].equals("vms")) {
          throw notOfVm(given);
        }
        yield given;
      }
      default -> throw notOfVm(given);
    };
  }

  /** The id at the end of a name. */
  public static String id(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }

  /** What a name is below: {@code projects/shop} of {@code projects/shop/vms/web-1}. */
  static String parent(String vm) {
    return vm.substring(0, vm.indexOf("/vms/"));
  }

  private static IllegalArgumentException notOfVm(String given) {
    return new IllegalArgumentException(
        "'"
            + given
            + "' is not the name of a VM: give an id such as web-1, shop/web-1, or"
            + " projects/shop/vms/web-1");
  }

  private static String whole(String given, String collection) {
    String[] parts = given.split("/", -1);
    if (parts.length == 1 && !given.isEmpty()) {
      return collection + "/" + given;
    }
    if (parts.length == 2 && parts[0].equals(collection) && !parts[1].isEmpty()) {
      return given;
    }
    throw new IllegalArgumentException(
        "'"
            + given
            + "' is not a name in "
            + collection
            + ": give an id, or "
            + collection
            + "/ID");
  }
}
