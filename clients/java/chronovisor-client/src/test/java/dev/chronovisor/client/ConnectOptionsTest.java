package dev.chronovisor.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.chronovisor.v1.GetVmRequest;
import dev.chronovisor.v1.Vm;
import dev.chronovisor.v1.VmServiceGrpc;
import io.grpc.Server;
import io.grpc.TlsServerCredentials;
import io.grpc.TlsServerCredentials.ClientAuth;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollIoHandler;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.stub.StreamObserver;
import java.io.File;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ConnectOptionsTest {
  @TempDir private static Path certificates;

  @BeforeAll
  static void makeCertificates() throws Exception {
    Certificates.make(certificates, "server", "plane.example");
    Certificates.make(certificates, "client", "client.example");
  }

  private static FakePlane answering(FakePlane plane) {
    return plane.on(
        VmServiceGrpc.getGetVmMethod(),
        (request, to) -> {
          to.onNext(Vm.newBuilder().setName(request.getName()).build());
          to.onCompleted();
        });
  }

  private static FakePlane secured() throws Exception {
    return answering(
        new FakePlane(
            TlsServerCredentials.newBuilder()
                .keyManager(file("server.pem"), file("server.key"))
                .trustManager(file("client.pem"))
                .clientAuth(ClientAuth.REQUIRE)
                .build()));
  }

  private static File file(String name) {
    return certificates.resolve(name).toFile();
  }

  private static void assertAnswers(ConnectOptions options) {
    try (Chronovisor chronovisor = options.connect()) {
      assertEquals("projects/shop/vms/web-1", chronovisor.vms().get("shop/web-1").getName());
    }
  }

  @Test
  void theNextServerIsTriedWhereOneCannotBeReached() throws Exception {
    try (FakePlane plane = answering(new FakePlane())) {
      String nobody = "127.0.0.1:" + FakePlane.freePort();
      String unknown = "no-such-host.invalid:7460";
      assertAnswers(Chronovisor.builder().servers(unknown, nobody, plane.address()));
    }
  }

  @Test
  void aServerThatDoesNotEvenRefuseIsLeftForTheNext() throws Exception {
    // Its queue of connections is full: the kernel drops whatever more comes.
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket first = new Socket(silent.getInetAddress(), silent.getLocalPort());
        Socket second = new Socket(silent.getInetAddress(), silent.getLocalPort());
        FakePlane plane = answering(new FakePlane())) {
      assertTrue(first.isConnected() && second.isConnected());
      assertAnswers(
          Chronovisor.builder()
              .servers("127.0.0.1:" + silent.getLocalPort(), plane.address())
              .timeout(Duration.ofSeconds(30)));
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aUnixSocketIsOfThisMachine() throws Exception {
    EventLoopGroup threads = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    Path socket = certificates.resolve("plane.sock");
    Server server =
        NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .channelType(EpollServerDomainSocketChannel.class)
            .bossEventLoopGroup(threads)
            .workerEventLoopGroup(threads)
            .addService(
                new VmServiceGrpc.VmServiceImplBase() {
                  @Override
                  public void getVm(GetVmRequest request, StreamObserver<Vm> to) {
                    to.onNext(Vm.newBuilder().setName(request.getName()).build());
                    to.onCompleted();
                  }
                })
            .build()
            .start();
    try {
      assertAnswers(new ConnectOptions(Map.of()).servers("unix:" + socket).token("secret"));
    } finally {
      server.shutdownNow();
      threads.shutdownGracefully();
    }
  }

  @Test
  void theEnvironmentSaysWhereAndWithWhat() throws Exception {
    try (FakePlane plane = answering(new FakePlane())) {
      String servers = "127.0.0.1:" + FakePlane.freePort() + ", " + plane.address();
      assertAnswers(
          new ConnectOptions(Map.of("CHRONOVISOR_SERVER", servers, "CHRONOVISOR_TOKEN", "secret")));
      assertEquals("Bearer secret", plane.calls.get(0).header("authorization"));
    }
  }

  @Test
  void aTokenIsRequestedBeforeEachCall() throws Exception {
    AtomicInteger tokens = new AtomicInteger();
    try (FakePlane plane = answering(new FakePlane());
        Chronovisor chronovisor =
            Chronovisor.builder()
                .servers(plane.address())
                .token(() -> "t" + tokens.incrementAndGet())
                .connect()) {
      chronovisor.vms().get("shop/web-1");
      chronovisor.vms().get("shop/web-1");
      assertEquals("Bearer t1", plane.calls.get(0).header("authorization"));
      assertEquals("Bearer t2", plane.calls.get(1).header("authorization"));
    }
  }

  @Test
  void aFileOfATokenIsReadAgainWhenItHasChanged() throws Exception {
    Path file = certificates.resolve("token");
    Files.writeString(file, "first\n");
    for (ConnectOptions options :
        List.of(
            new ConnectOptions(Map.of()).tokenFile(file),
            new ConnectOptions(Map.of("CHRONOVISOR_TOKEN_FILE", file.toString())))) {
      try (FakePlane plane = answering(new FakePlane());
          Chronovisor chronovisor = options.servers(plane.address()).connect()) {
        for (String token : List.of("one", "another")) {
          Files.writeString(file, token + "\n");
          chronovisor.vms().get("shop/web-1");
          chronovisor.vms().get("shop/web-1");
          assertEquals(
              "Bearer " + token, plane.calls.get(plane.calls.size() - 1).header("authorization"));
        }
        Files.writeString(file, "two\nlines");
        assertThrows(
            ChronovisorException.NotPermitted.class, () -> chronovisor.vms().get("shop/web-1"));
      }
    }
  }

  @Test
  void aSentenceHasWhatIsWrongWithTls() throws Exception {
    try (FakePlane plane = secured();
        FakePlane plain = answering(new FakePlane())) {
      byte[] trusted = Files.readAllBytes(certificates.resolve("server.pem"));
      byte[] others = Files.readAllBytes(certificates.resolve("client.pem"));
      Path certificate = certificates.resolve("client.pem");
      Path key = certificates.resolve("client.key");
      assertRefused(plane, "took no plain text", new ConnectOptions(Map.of()));
      assertRefused(
          plane,
          "an authority that is not trusted here",
          new ConnectOptions(Map.of())
              .authorities(others)
              .certificate(certificate, key)
              .serverName("plane.example"));
      assertRefused(
          plane,
          "is for another name",
          new ConnectOptions(Map.of())
              .authorities(trusted)
              .certificate(certificate, key)
              .serverName("elsewhere.example"));
      assertRefused(
          plane,
          "takes client certificates alone",
          new ConnectOptions(Map.of()).authorities(trusted).serverName("plane.example"));
      assertRefused(
          plain,
          "speaks plain text",
          new ConnectOptions(Map.of()).authorities(trusted).serverName("plane.example"));
    }
  }

  private static void assertRefused(FakePlane plane, String says, ConnectOptions options) {
    options
        .servers(plane.address())
        .retry(new RetryPolicy(1, Duration.ofMillis(1), Duration.ofMillis(1)));
    try (Chronovisor chronovisor = options.connect()) {
      ChronovisorException.Unavailable refused =
          assertThrows(
              ChronovisorException.Unavailable.class, () -> chronovisor.vms().get("shop/web-1"));
      assertTrue(refused.getMessage().contains(says), says + ": " + refused);
    }
  }

  @Test
  void aTokenIsNotSentInPlainTextToAnotherMachine() {
    ConnectOptions options =
        new ConnectOptions(Map.of()).servers("127.0.0.1:1", "10.1.2.3:7460").token("secret");
    assertThrows(IllegalArgumentException.class, options::connect);
    options.authorities(certificates.resolve("server.pem")).connect().close();
  }

  @Test
  void withCertificatesOfBothItIsTls() throws Exception {
    try (FakePlane plane = secured()) {
      assertAnswers(
          new ConnectOptions(Map.of())
              .servers(plane.address())
              .authorities(Files.readAllBytes(certificates.resolve("server.pem")))
              .certificate(certificates.resolve("client.pem"), certificates.resolve("client.key"))
              .serverName("plane.example"));
    }
  }

  @Test
  void filesOfTheEnvironmentMakeItTls() throws Exception {
    try (FakePlane plane = secured()) {
      Map<String, String> environment =
          Map.of(
              "CHRONOVISOR_SERVER", plane.address(),
              "CHRONOVISOR_CA_FILE", certificates.resolve("server.pem").toString(),
              "CHRONOVISOR_CERT_FILE", certificates.resolve("client.pem").toString(),
              "CHRONOVISOR_KEY_FILE", certificates.resolve("client.key").toString());
      assertAnswers(new ConnectOptions(environment).serverName("plane.example"));
      // The certificate is of another name than the address.
      assertThrows(
          ChronovisorException.Unavailable.class,
          () -> assertAnswers(new ConnectOptions(environment)));
    }
  }

  @Test
  void aKeyWithoutItsCertificateIsRefused() {
    ConnectOptions options = new ConnectOptions(Map.of("CHRONOVISOR_KEY_FILE", "key.pem"));
    assertThrows(IllegalArgumentException.class, options::connect);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "host", "host:", ":7460", "host:port", "host:99999", "a:1,,b:2", "http://a:1"})
  void whatIsNotAnAddressIsRefused(String address) {
    assertThrows(
        IllegalArgumentException.class, () -> new ConnectOptions(Map.of()).servers(address));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "user:ad\u00e4", "user:\n"})
  void anActorThatCannotBeSentIsRefused(String actor) {
    assertThrows(IllegalArgumentException.class, () -> new ConnectOptions(Map.of()).actor(actor));
  }

  @Test
  void anAddressOfSixIsInBrackets() {
    Addresses addresses = Addresses.of("[::1]:7460,localhost:1");
    assertEquals(true, addresses.areLoopback());
    assertEquals("chronovisor:///%5B::1%5D:7460,localhost:1", addresses.target());
    assertEquals(false, Addresses.of("localhost.example:1").areLoopback());
  }
}
