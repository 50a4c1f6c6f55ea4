package dev.chronovisor.conformance;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.chronovisor.v1.ErrorDetails;
import dev.chronovisor.v1.Host;
import dev.chronovisor.v1.OperationMetadata;
import dev.chronovisor.v1.Rebalance;
import dev.chronovisor.v1.Vm;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServiceDescriptor;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Methods by their full names, and their messages as JSON. Found by what generated code is named.
 */
final class Methods {
  // Of what an Any may have: with a type come all of its file, and of those that it imports.
  private static final JsonFormat.TypeRegistry TYPES =
      JsonFormat.TypeRegistry.newBuilder()
          .add(Vm.getDescriptor())
          .add(Host.getDescriptor())
          .add(Rebalance.getDescriptor())
          .add(OperationMetadata.getDescriptor())
          .add(ErrorDetails.getDescriptor())
          .build();
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().usingTypeRegistry(TYPES).alwaysPrintFieldsWithNoPresence();
  private static final JsonFormat.Parser PARSER = JsonFormat.parser().usingTypeRegistry(TYPES);
  // Of packages of messages, those of Java.
  private static final Map<String, String> PACKAGES =
      Map.of(
          "chronovisor.v1", "dev.chronovisor.v1",
          "google.longrunning", "com.google.longrunning",
          "grpc.health.v1", "io.grpc.health.v1");

  private final Map<String, MethodDescriptor<Message, Message>> known = new ConcurrentHashMap<>();

  /** The method of a name such as {@code chronovisor.v1.VmService/GetVm}. */
  MethodDescriptor<Message, Message> method(String name) {
    return known.computeIfAbsent(name, Methods::found);
  }

  @SuppressWarnings("unchecked") // All methods are of messages.
  private static MethodDescriptor<Message, Message> found(String name) {
    String service = name.substring(0, name.indexOf('/'));
    int dot = service.lastIndexOf('.');
    String of = PACKAGES.get(service.substring(0, dot));
    try {
      Class<?> generated = Class.forName(of + "." + service.substring(dot + 1) + "Grpc");
      ServiceDescriptor descriptor =
          (ServiceDescriptor) generated.getMethod("getServiceDescriptor").invoke(null);
      return descriptor.getMethods().stream()
          .filter(method -> method.getFullMethodName().equals(name))
          .map(method -> (MethodDescriptor<Message, Message>) method)
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException("this client has no method " + name));
    } catch (ReflectiveOperationException error) {
      throw new IllegalArgumentException("this client has no service " + service, error);
    }
  }

  static Message request(MethodDescriptor<Message, Message> method, JsonElement json) {
    var marshaller = (PrototypeMarshaller<Message>) method.getRequestMarshaller();
    Message.Builder request = marshaller.getMessagePrototype().newBuilderForType();
    try {
      PARSER.merge(json.toString(), request);
    } catch (InvalidProtocolBufferException error) {
      throw new IllegalArgumentException(
          "not a request of " + method.getFullMethodName() + ": " + error.getMessage(), error);
    }
    return request.build();
  }

  static JsonObject json(Message message) {
    try {
      return JsonParser.parseString(PRINTER.print(message)).getAsJsonObject();
    } catch (InvalidProtocolBufferException error) {
      throw new IllegalArgumentException("cannot be shown: " + error.getMessage(), error);
    }
  }
}
