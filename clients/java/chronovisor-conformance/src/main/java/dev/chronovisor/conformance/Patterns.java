package dev.chronovisor.conformance;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Patterns of JSON: whether a value is as a scenario expects. */
final class Patterns {
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+)}");
  private static final Pattern PART = Pattern.compile("[^.\\[\\]]+");

  private Patterns() {}

  /** The value with the variables that its strings name. */
  static JsonElement substituted(JsonElement value, Map<String, JsonElement> variables) {
    if (value.isJsonArray()) {
      JsonArray array = new JsonArray();
      value.getAsJsonArray().forEach(each -> array.add(substituted(each, variables)));
      return array;
    }
    if (value.isJsonObject()) {
      JsonObject object = new JsonObject();
      value
          .getAsJsonObject()
          .entrySet()
          .forEach(
              each ->
                  object.add(
                      text(each.getKey(), variables), substituted(each.getValue(), variables)));
      return object;
    }
    return isText(value) ? new JsonPrimitive(text(value.getAsString(), variables)) : value;
  }

  private static String text(String template, Map<String, JsonElement> variables) {
    return VARIABLE
        .matcher(template)
        .replaceAll(
            found -> {
              JsonElement value = variables.get(found.group(1));
              if (value == null) {
                throw new IllegalArgumentException("there is no variable " + found.group(1));
              }
              return Matcher.quoteReplacement(
                  value.isJsonPrimitive() ? value.getAsString() : value.toString());
            });
  }

  /** Where the value is not as the pattern, in words; empty where it is. */
  static String mismatch(
      JsonElement pattern, JsonElement value, Map<String, JsonElement> variables, String path) {
    if (pattern.isJsonArray()) {
      return list(pattern.getAsJsonArray(), value, variables, path);
    }
    if (pattern.isJsonObject()) {
      return object(pattern.getAsJsonObject(), value, variables, path);
    }
    boolean holds = isText(pattern) ? special(pattern, value, variables) : areEqual(pattern, value);
    return holds ? "" : path + " is " + shown(value) + ", not " + pattern;
  }

  /** What is at a path such as {@code vms[0].name}. */
  static JsonElement at(JsonElement value, String path) {
    JsonElement found = value;
    Matcher parts = PART.matcher(path);
    while (parts.find()) {
      String part = parts.group();
      JsonElement next = null;
      if (found.isJsonObject()) {
        next = found.getAsJsonObject().get(part);
      } else if (found.isJsonArray() && part.matches("\\d+")) {
        int index = Integer.parseInt(part);
        next = index < found.getAsJsonArray().size() ? found.getAsJsonArray().get(index) : null;
      }
      if (next == null) {
        throw new IllegalArgumentException("there is no " + path + " in " + shown(value));
      }
      found = next;
    }
    return found;
  }

  private static boolean isDefault(JsonElement value) {
    if (value.isJsonNull()) {
      return true;
    }
    if (value.isJsonArray()) {
      return value.getAsJsonArray().isEmpty();
    }
    if (value.isJsonObject()) {
      return value.getAsJsonObject().size() == 0;
    }
    JsonPrimitive primitive = value.getAsJsonPrimitive();
    if (primitive.isBoolean()) {
      return !primitive.getAsBoolean();
    }
    String text = primitive.getAsString();
    return primitive.isNumber()
        ? primitive.getAsDouble() == 0
        : text.isEmpty() || text.equals("0") || text.endsWith("_UNSPECIFIED");
  }

  private static boolean special(
      JsonElement pattern, JsonElement value, Map<String, JsonElement> variables) {
    String text = pattern.getAsString();
    if (text.equals("$any")) {
      return !isDefault(value);
    }
    if (text.equals("$absent")) {
      return isDefault(value);
    }
    if (text.startsWith("$re:")) {
      return isText(value)
          && Pattern.compile(text.substring(4), Pattern.DOTALL)
              .matcher(value.getAsString())
              .matches();
    }
    if (text.startsWith("$gt:") || text.startsWith("$ge:")) {
      double least = Double.parseDouble(text.substring(4));
      OptionalDouble number = number(value);
      return number.isPresent()
          && (text.startsWith("$gt:")
              ? number.getAsDouble() > least
              : number.getAsDouble() >= least);
    }
    if (text.startsWith("$same:")) {
      JsonElement saved = variables.get(text.substring(6));
      return saved != null && areEqual(saved, value);
    }
    return areEqual(pattern, value);
  }

  private static String list(
      JsonArray pattern, JsonElement value, Map<String, JsonElement> variables, String path) {
    if (!value.isJsonArray()) {
      return path + " is " + shown(value) + ", not a list";
    }
    JsonArray items = value.getAsJsonArray();
    if (items.size() != pattern.size()) {
      return path + " has " + items.size() + " items, not " + pattern.size() + ": " + shown(items);
    }
    for (int i = 0; i < items.size(); i++) {
      String why = mismatch(pattern.get(i), items.get(i), variables, path + "[" + i + "]");
      if (!why.isEmpty()) {
        return why;
      }
    }
    return "";
  }

  private static String object(
      JsonObject pattern, JsonElement value, Map<String, JsonElement> variables, String path) {
    if (pattern.has("$not")) {
      boolean matches = mismatch(pattern.get("$not"), value, variables, path).isEmpty();
      return matches ? path + " is " + shown(value) + ", which is what it must not be" : "";
    }
    if (pattern.has("$len")) {
      int length = length(value);
      int expected = pattern.get("$len").getAsInt();
      return length == expected ? "" : path + " has " + length + " items, not " + expected;
    }
    if (pattern.has("$contains")) {
      return contains(pattern.getAsJsonArray("$contains"), value, variables, path);
    }
    if (!value.isJsonObject()) {
      return path + " is " + shown(value) + ", not an object";
    }
    for (Map.Entry<String, JsonElement> each : pattern.entrySet()) {
      JsonElement field = value.getAsJsonObject().get(each.getKey());
      String why =
          mismatch(
              each.getValue(),
              field == null ? JsonNull.INSTANCE : field,
              variables,
              path + "." + each.getKey());
      if (!why.isEmpty()) {
        return why;
      }
    }
    return "";
  }

  private static String contains(
      JsonArray patterns, JsonElement value, Map<String, JsonElement> variables, String path) {
    JsonArray items = value.isJsonArray() ? value.getAsJsonArray() : new JsonArray();
    for (JsonElement each : patterns) {
      boolean found = false;
      for (JsonElement item : items) {
        found = found || mismatch(each, item, variables, path).isEmpty();
      }
      if (!found) {
        return path + " has no item as " + shown(each) + ": " + shown(items);
      }
    }
    return "";
  }

  private static int length(JsonElement value) {
    if (value.isJsonArray()) {
      return value.getAsJsonArray().size();
    }
    if (value.isJsonObject()) {
      return value.getAsJsonObject().size();
    }
    // Characters, as everybody counts them: not the halves of a surrogate pair.
    return isText(value) ? value.getAsString().codePointCount(0, value.getAsString().length()) : -1;
  }

  private static boolean areEqual(JsonElement expected, JsonElement value) {
    if (expected.isJsonPrimitive() && expected.getAsJsonPrimitive().isNumber()) {
      OptionalDouble number = number(value);
      double exact = expected.getAsDouble();
      return number.isPresent()
          && Math.abs(number.getAsDouble() - exact) <= Math.max(1e-9, Math.abs(exact) * 1e-9);
    }
    return expected.equals(value);
  }

  private static OptionalDouble number(JsonElement value) {
    if (!value.isJsonPrimitive() || value.getAsJsonPrimitive().isBoolean()) {
      return OptionalDouble.empty();
    }
    boolean isNumber =
        value.getAsJsonPrimitive().isNumber() || value.getAsString().matches("[+-]?\\d+");
    return isNumber ? OptionalDouble.of(value.getAsDouble()) : OptionalDouble.empty();
  }

  private static boolean isText(JsonElement value) {
    return value.isJsonPrimitive() && value.getAsJsonPrimitive().isString();
  }

  static String shown(JsonElement value) {
    String text = value.toString();
    return text.length() <= 300 ? text : text.substring(0, 300) + "...";
  }
}
