package dev.chronovisor.client;

import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannelBuilder;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * What can be chosen of a connection. What is not chosen comes from the environment:
 * CHRONOVISOR_SERVER, CHRONOVISOR_CA_FILE, CHRONOVISOR_CERT_FILE, CHRONOVISOR_KEY_FILE,
 * CHRONOVISOR_TOKEN, CHRONOVISOR_TOKEN_FILE. Without any choice about TLS, the connection is plain
 * text.
 */
public final class ConnectOptions {
  static final String DEFAULT_SERVER = "127.0.0.1:7460";
  private static final String UNIX_SOCKET = "unix:";
  // A machine without power answers nothing: the next server is to be tried within a call's time.
  private static final int CONNECT_MS = 3_000;
  // How soon a server that is gone without a word is noticed: as in all clients and servers.
  private static final int PING_EVERY_S = 15;
  private static final int ANSWER_WITHIN_S = 10;
  private static final int MOST_RECEIVED = 64 * 1024 * 1024;

  private final Map<String, String> environment;
  private String servers;
  private String actor = "user:" + System.getProperty("user.name", "unknown");
  private Duration timeout = Duration.ofSeconds(10);
  private RetryPolicy retry = RetryPolicy.DEFAULT;
  private String project = "default";
  private boolean systemTrust;
  private byte[] authorities;
  private byte[] certificate;
  private byte[] key;
  private String serverName;
  private Supplier<String> token;

  ConnectOptions(Map<String, String> environment) {
    this.environment = environment;
    servers = environment.getOrDefault("CHRONOVISOR_SERVER", "");
    if (servers.isBlank()) {
      servers = DEFAULT_SERVER;
    }
    String given = environment.getOrDefault("CHRONOVISOR_TOKEN", "");
    if (!given.isEmpty()) {
      token(given);
    } else {
      file("CHRONOVISOR_TOKEN_FILE").ifPresent(this::tokenFile);
    }
  }

  /**
   * The servers, {@code host:port} each: tried in order, the next where one cannot be reached. Or
   * {@code unix:/path} alone (Linux).
   *
   * @throws IllegalArgumentException for what is not an address
   */
  public ConnectOptions servers(String... addresses) {
    servers = String.join(",", List.of(addresses));
    if (!isUnixSocket()) {
      Addresses.of(servers);
    }
    return this;
  }

  /**
   * Who calls, as {@code user:NAME} or {@code service:NAME}; by default the user that runs the
   * program.
   */
  public ConnectOptions actor(String name) {
    if (name.isEmpty() || !name.chars().allMatch(each -> each >= 0x20 && each < 0x7f)) {
      throw new IllegalArgumentException(
          "an actor is printable ASCII, such as user:alice, not '" + name + "'");
    }
    actor = name;
    return this;
  }

  /** For one unary call with all its attempts; 10 s by default. Watches have no deadline. */
  public ConnectOptions timeout(Duration perCall) {
    if (perCall.isNegative() || perCall.isZero()) {
      throw new IllegalArgumentException("a call takes some time, not " + perCall);
    }
    timeout = perCall;
    return this;
  }

  /** When a call is tried again. */
  public ConnectOptions retry(RetryPolicy policy) {
    retry = policy;
    return this;
  }

  /** The project of VMs that are named by their id alone; {@code default} by default. */
  public ConnectOptions project(String id) {
    project = Names.id(Names.project(id));
    return this;
  }

  /** TLS, with the certificate authorities that this Java trusts. */
  public ConnectOptions tls() {
    systemTrust = true;
    return this;
  }

  /** TLS, with the certificate authorities of this PEM file. */
  public ConnectOptions authorities(Path pem) {
    return authorities(read(pem));
  }

  /** TLS, with these certificate authorities, in PEM. */
  public ConnectOptions authorities(byte[] pem) {
    authorities = pem.clone();
    return this;
  }

  /** TLS, with a certificate of the client's own and its key, both PEM files. */
  public ConnectOptions certificate(Path certificatePem, Path keyPem) {
    certificate = read(certificatePem);
    key = read(keyPem);
    return this;
  }

  /** The name that the server's certificate must have, where that is not its address. */
  public ConnectOptions serverName(String name) {
    serverName = name;
    return this;
  }

  /** A bearer token that is sent with each call: over TLS, or to this machine itself. */
  public ConnectOptions token(String bearer) {
    return token(() -> bearer);
  }

  /** The same, in a file that another program keeps fresh: it is read again when it has changed. */
  public ConnectOptions tokenFile(Path file) {
    return token(new TokenFile(file));
  }

  /**
   * The same, requested before each attempt. It must not block for long. Where the server no longer
   * takes it, and there is another one by then, the call is repeated once.
   */
  public ConnectOptions token(Supplier<String> provider) {
    token = provider;
    return this;
  }

  /**
   * The connection. Nothing is sent before the first call.
   *
   * @throws IllegalArgumentException for choices that do not fit together
   */
  public Chronovisor connect() {
    readEnvironment();
    boolean secure = isSecure();
    if (token != null && !secure && !isLocal()) {
      throw new IllegalArgumentException(
          "a token is not sent in plain text to another machine: give TLS options, such as"
              + " authorities");
    }
    ManagedChannelBuilder<?> channel =
        channelBuilder(secure ? credentials() : InsecureChannelCredentials.create())
            // One mechanism retries, and it is not the channel's.
            .disableRetry()
            .maxInboundMessageSize(MOST_RECEIVED)
            .keepAliveTime(PING_EVERY_S, TimeUnit.SECONDS)
            .keepAliveTimeout(ANSWER_WITHIN_S, TimeUnit.SECONDS)
            .keepAliveWithoutCalls(false);
    if (serverName != null) {
      channel.overrideAuthority(serverName);
    }
    return new Chronovisor(channel.build(), this);
  }

  private ManagedChannelBuilder<?> channelBuilder(ChannelCredentials credentials) {
    if (isUnixSocket()) {
      return Grpc.newChannelBuilder(servers, credentials);
    }
    return NettyChannelBuilder.forTarget(Addresses.of(servers).target(), credentials)
        .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MS);
  }

  private boolean isUnixSocket() {
    return servers.startsWith(UNIX_SOCKET) && !servers.contains(",");
  }

  private boolean isLocal() {
    return isUnixSocket() || Addresses.of(servers).areLoopback();
  }

  private void readEnvironment() {
    if (authorities == null && !systemTrust) {
      file("CHRONOVISOR_CA_FILE").ifPresent(this::authorities);
    }
    var certificateFile = file("CHRONOVISOR_CERT_FILE");
    var keyFile = file("CHRONOVISOR_KEY_FILE");
    if (certificateFile.isPresent() != keyFile.isPresent()) {
      throw new IllegalArgumentException(
          "CHRONOVISOR_CERT_FILE and CHRONOVISOR_KEY_FILE go together");
    }
    if (certificate == null && certificateFile.isPresent()) {
      certificate(certificateFile.get(), keyFile.get());
    }
  }

  private Optional<Path> file(String variable) {
    String given = environment.getOrDefault(variable, "");
    return given.isEmpty() ? Optional.empty() : Optional.of(Path.of(given));
  }

  private boolean isSecure() {
    return systemTrust || authorities != null || certificate != null || serverName != null;
  }

  private ChannelCredentials credentials() {
    TlsChannelCredentials.Builder tls = TlsChannelCredentials.newBuilder();
    try {
      if (authorities != null) {
        tls.trustManager(new ByteArrayInputStream(authorities));
      }
      if (certificate != null) {
        tls.keyManager(new ByteArrayInputStream(certificate), new ByteArrayInputStream(key));
      }
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return tls.build();
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException error) {
      throw new IllegalArgumentException("cannot read " + file + ": " + error, error);
    }
  }

  String actor() {
    return actor;
  }

  Duration timeout() {
    return timeout;
  }

  RetryPolicy retry() {
    return retry;
  }

  String project() {
    return project;
  }

  Supplier<String> token() {
    return token;
  }
}
