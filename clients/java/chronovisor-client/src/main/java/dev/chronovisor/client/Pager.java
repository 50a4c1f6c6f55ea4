package dev.chronovisor.client;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The items of a list method, from all of its pages. Pages are requested one at a time, when the
 * reader gets there; each {@link #iterator()} begins with the first. See AIP-158.
 *
 * @param <R> the response: one page
 * @param <T> the item
 */
public final class Pager<R extends Message, T> implements Iterable<T> {
  private final Function<Message, R> method;
  private final Message request;
  private final Function<R, List<T>> items;

  Pager(Function<Message, R> method, Message request, Function<R, List<T>> items) {
    this.method = method;
    this.request = request;
    this.items = items;
  }

  @Override
  public Iterator<T> iterator() {
    Iterator<R> pages = pages().iterator();
    return new Iterator<>() {
      private Iterator<T> page = List.<T>of().iterator();

      @Override
      public boolean hasNext() {
        while (!page.hasNext() && pages.hasNext()) {
          page = items.apply(pages.next()).iterator();
        }
        return page.hasNext();
      }

      @Override
      public T next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        return page.next();
      }
    };
  }

  /** The same, as a stream. */
  public Stream<T> stream() {
    return StreamSupport.stream(spliterator(), false);
  }

  /** Whole pages, with what else a response has, such as the position it was read at. */
  public Iterable<R> pages() {
    return () ->
        new Iterator<>() {
          private Message next = request;

          @Override
          public boolean hasNext() {
            return next != null;
          }

          @Override
          public R next() {
            if (next == null) {
              throw new NoSuchElementException();
            }
            R page = method.apply(next);
            String token = (String) page.getField(field(page, "next_page_token"));
            next =
                token.isEmpty()
                    ? null
                    : next.toBuilder().setField(field(next, "page_token"), token).build();
            return page;
          }
        };
  }

  private static FieldDescriptor field(Message message, String name) {
    FieldDescriptor found = message.getDescriptorForType().findFieldByName(name);
    if (found == null) {
      throw new IllegalArgumentException(
          message.getDescriptorForType().getFullName() + " has no " + name + ": it has no pages");
    }
    return found;
  }
}
