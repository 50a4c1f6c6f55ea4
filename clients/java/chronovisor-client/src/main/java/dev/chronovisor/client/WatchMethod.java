package dev.chronovisor.client;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import dev.chronovisor.v1.WatchStart;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What watches have in common, by the names of fields: how to resume one, and what a response
 * carries. Knows no particular method.
 */
final class WatchMethod {
  // Items of a message, so many that they are sent many times faster than one by one.
  private static final int BATCH = 1_000;

  // How a stream is to begin, where it has no position yet.
  private static final List<String> BEGINNINGS = List.of("from_now", "from_position", "from_time");

  private static final Set<String> BESIDE_ITEMS = Set.of("checkpoint", "caught_up", "fell_behind");
  private static final Object AFTER_POSITION =
      WatchStart.WATCH_START_AFTER_POSITION.getValueDescriptor();

  private WatchMethod() {}

  /** The request, with many items in a message where it does not say how many. */
  @SuppressWarnings("unchecked") // A builder of a Q builds a Q.
  static <Q extends Message> Q batched(Q request) {
    FieldDescriptor field = request.getDescriptorForType().findFieldByName("max_batch_size");
    return field == null || (Integer) request.getField(field) != 0
        ? request
        : (Q) request.toBuilder().setField(field, BATCH).build();
  }

  /** The request that resumes after a position; of the resource, by its uid where it is known. */
  static Message resumed(Message request, long position, String resource) {
    Descriptor type = request.getDescriptorForType();
    Message.Builder resumed = request.toBuilder();
    for (String name : BEGINNINGS) {
      FieldDescriptor field = type.findFieldByName(name);
      if (field != null) {
        resumed.clearField(field);
      }
    }
    resumed.setField(type.findFieldByName("after_position"), position);
    FieldDescriptor start = type.findFieldByName("start");
    if (start != null) {
      resumed.setField(start, AFTER_POSITION);
    }
    return ofResource(resumed, resource);
  }

  /** The request once more, where no position is known yet. */
  static Message repeated(Message request, String resource) {
    return ofResource(request.toBuilder(), resource);
  }

  private static Message ofResource(Message.Builder request, String resource) {
    for (String name : List.of("parent", "scope")) {
      FieldDescriptor field = request.getDescriptorForType().findFieldByName(name);
      if (field != null && !resource.isEmpty()) {
        request.setField(field, resource);
      }
    }
    return request.build();
  }

  /** The field that a response has of its oneof; null for what only newer servers send. */
  static FieldDescriptor kind(Message response) {
    var oneofs = response.getDescriptorForType().getRealOneofs();
    if (oneofs.isEmpty()) {
      throw new IllegalArgumentException(
          response.getDescriptorForType().getFullName() + " is not the response of a watch");
    }
    return response.getOneofFieldDescriptor(oneofs.get(0));
  }

  /** The items of a response: one, or those of a batch; none of a checkpoint and the like. */
  static List<Message> items(Message response) {
    FieldDescriptor kind = kind(response);
    if (kind == null || !isOfItems(kind)) {
      return List.of();
    }
    Message content = (Message) response.getField(kind);
    FieldDescriptor batch = batchField(content);
    List<Message> items = new ArrayList<>();
    if (batch == null) {
      items.add(content);
    } else {
      for (Object each : (List<?>) content.getField(batch)) {
        items.add((Message) each);
      }
    }
    return items;
  }

  /** Whether what is in this field of a response is one item or more. */
  private static boolean isOfItems(FieldDescriptor kind) {
    return !BESIDE_ITEMS.contains(kind.getName());
  }

  /** The response with these items alone. */
  static Message withItems(Message response, List<Message> items) {
    FieldDescriptor kind = kind(response);
    Message content = (Message) response.getField(kind);
    FieldDescriptor batch = batchField(content);
    if (batch == null) {
      return response;
    }
    Message kept = content.toBuilder().setField(batch, items).build();
    return response.toBuilder().setField(kind, kept).build();
  }

  /** The position of an item or a checkpoint; 0 where it has none. */
  static long position(Message item) {
    FieldDescriptor field = item.getDescriptorForType().findFieldByName("position");
    return field == null ? 0 : (Long) item.getField(field);
  }

  /** The one list of a batch; null where a message is an item itself. */
  private static FieldDescriptor batchField(Message content) {
    List<FieldDescriptor> fields = content.getDescriptorForType().getFields();
    boolean isBatch =
        fields.size() == 1
            && fields.get(0).isRepeated()
            && fields.get(0).getJavaType() == JavaType.MESSAGE;
    return isBatch ? fields.get(0) : null;
  }
}
