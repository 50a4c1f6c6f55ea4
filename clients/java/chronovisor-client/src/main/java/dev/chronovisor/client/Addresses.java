package dev.chronovisor.client;

import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.Status;
import io.grpc.StatusOr;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One or more servers, {@code host:port} each, that are tried in order. Looks their names up. */
final class Addresses {
  private static final String SCHEME = "chronovisor";
  private static final Pattern ADDRESS =
      Pattern.compile(
          "(?:\\[(?<six>[0-9a-fA-F:.%]+)]|(?<name>[^\\s:/\\[\\],]+)):(?<port>[0-9]{1,5})");

  static {
    NameResolverRegistry.getDefaultRegistry().register(new Provider());
  }

  private final List<Address> servers;

  /** A host's name or address, and its port. */
  record Address(String host, int port) {
    static Address of(String text) {
      Matcher found = ADDRESS.matcher(text);
      if (!found.matches() || Integer.parseInt(found.group("port")) > 65535) {
        throw new IllegalArgumentException(
            "'"
                + text
                + "' is not the address of a server: give HOST:PORT, such as 127.0.0.1:7460");
      }
      String host = found.group("six") != null ? found.group("six") : found.group("name");
      return new Address(host, Integer.parseInt(found.group("port")));
    }

    boolean isLoopback() {
      // Of names, only this: another one may be looked up to be anything.
      return host.equals("localhost")
          || host.equals("::1")
          || host.matches("127\\.[0-9]+\\.[0-9]+\\.[0-9]+");
    }

    String authority() {
      return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
  }

  private Addresses(List<Address> servers) {
    this.servers = servers;
  }

  /** From a list with commas. */
  static Addresses of(String text) {
    List<Address> servers =
        Arrays.stream(text.split(",")).map(String::strip).map(Address::of).toList();
    return new Addresses(servers);
  }

  boolean areLoopback() {
    return servers.stream().allMatch(Address::isLoopback);
  }

  /** What a channel is made for. */
  String target() {
    String list = String.join(",", servers.stream().map(Address::authority).toList());
    try {
      return new URI(SCHEME, "", "/" + list, null).toASCIIString();
    } catch (URISyntaxException malformed) {
      throw new IllegalArgumentException("not addresses of servers: " + list, malformed);
    }
  }

  private static final class Provider extends NameResolverProvider {
    @Override
    protected boolean isAvailable() {
      return true;
    }

    @Override
    protected int priority() {
      return 5;
    }

    @Override
    public String getDefaultScheme() {
      return SCHEME;
    }

    @Override
    public NameResolver newNameResolver(URI target, NameResolver.Args args) {
      if (!SCHEME.equals(target.getScheme())) {
        return null;
      }
      return new Resolver(of(target.getPath().substring(1)).servers, args.getOffloadExecutor());
    }
  }

  private static final class Resolver extends NameResolver {
    private final List<Address> servers;
    private final Executor executor;
    private Listener2 listener;

    Resolver(List<Address> servers, Executor executor) {
      this.servers = servers;
      this.executor = executor;
    }

    @Override
    public String getServiceAuthority() {
      return servers.get(0).authority();
    }

    @Override
    public void start(Listener2 listener) {
      this.listener = listener;
      refresh();
    }

    @Override
    public void refresh() {
      // A look-up blocks.
      executor.execute(() -> listener.onResult(found()));
    }

    private ResolutionResult found() {
      List<EquivalentAddressGroup> groups = new ArrayList<>();
      String unknown = "";
      for (Address server : servers) {
        try {
          List<SocketAddress> sockets = new ArrayList<>();
          for (InetAddress each : InetAddress.getAllByName(server.host())) {
            sockets.add(new InetSocketAddress(each, server.port()));
          }
          Attributes own =
              Attributes.newBuilder()
                  .set(EquivalentAddressGroup.ATTR_AUTHORITY_OVERRIDE, server.authority())
                  .build();
          groups.add(new EquivalentAddressGroup(sockets, own));
        } catch (UnknownHostException error) {
          unknown = server.host();
        }
      }
      StatusOr<List<EquivalentAddressGroup>> result =
          groups.isEmpty()
              ? StatusOr.fromStatus(
                  Status.UNAVAILABLE.withDescription("no address is known of " + unknown))
              : StatusOr.fromValue(groups);
      return ResolutionResult.newBuilder().setAddressesOrError(result).build();
    }

    @Override
    public void shutdown() {}
  }
}
