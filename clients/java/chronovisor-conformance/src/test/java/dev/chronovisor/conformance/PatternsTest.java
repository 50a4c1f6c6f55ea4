package dev.chronovisor.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same rows as of the Python runner. */
class PatternsTest {
  private static final Map<String, JsonElement> SAVED = Map.of("uid", new JsonPrimitive("u-1"));

  private static JsonElement json(String text) {
    return JsonParser.parseString(text);
  }

  private static String mismatch(String pattern, String value) {
    return Patterns.mismatch(json(pattern), json(value), SAVED, "response");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "{\"a\": 1} ~ {\"a\": 1, \"b\": 2}",
        "{\"a\": 1} ~ {\"a\": \"1\"}",
        "0.5 ~ 0.5000000000001",
        "\"text\" ~ \"text\"",
        "true ~ true",
        "[1, \"$any\"] ~ [\"1\", \"x\"]",
        "[] ~ []",
        "\"$any\" ~ [\"x\"]",
        "{\"a\": \"$absent\"} ~ {}",
        "\"$re:op.*/[0-9]+\" ~ \"operations/1\"",
        "\"$gt:1\" ~ \"2\"",
        "\"$ge:2\" ~ 2",
        "\"$same:uid\" ~ \"u-1\"",
        "{\"$contains\": [{\"a\": 1}, {\"a\": 2}]} ~ [{\"a\": 2}, {\"a\": 3}, {\"a\": 1}]",
        "{\"$len\": 2} ~ [1, 2]",
        "{\"$len\": 1} ~ \"\\ud83d\\ude00\"",
        "{\"$not\": \"$any\"} ~ \"\"",
      })
  void matches(String pattern, String value) {
    assertEquals("", mismatch(pattern, value));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "{\"a\": 1} ~ {\"b\": 1}",
        "{\"a\": 1} ~ null",
        "1 ~ true",
        "true ~ 1",
        "1 ~ \"x\"",
        "\"text\" ~ null",
        "[1] ~ [1, 2]",
        "[1, 2] ~ [2, 1]",
        "[1] ~ {\"0\": 1}",
        "\"$absent\" ~ \"x\"",
        "\"$re:op\" ~ \"operations/1\"",
        "\"$gt:2\" ~ \"2\"",
        "\"$gt:2\" ~ null",
        "\"$ge:2\" ~ 1",
        "\"$same:uid\" ~ \"u-2\"",
        "{\"$contains\": [{\"a\": 1}]} ~ [{\"a\": 2}]",
        "{\"$contains\": [1]} ~ null",
        "{\"$len\": 2} ~ [1]",
        "{\"$not\": \"x\"} ~ \"x\"",
      })
  void doesNotMatch(String pattern, String value) {
    assertFalse(mismatch(pattern, value).isEmpty());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"null", "\"\"", "0", "\"0\"", "false", "[]", "{}", "\"VM_STATE_UNSPECIFIED\""})
  void aDefaultIsAbsent(String value) {
    assertEquals("", mismatch("\"$absent\"", value));
    assertFalse(mismatch("\"$any\"", value).isEmpty());
  }

  @Test
  void aMismatchSaysWhereAndWhat() {
    assertEquals(
        "response.vm.held.vcpus is \"3\", not 2",
        mismatch(
            "{\"vm\": {\"held\": {\"vcpus\": 2}}}", "{\"vm\": {\"held\": {\"vcpus\": \"3\"}}}"));
  }

  @Test
  void aPathLeadsIntoObjectsAndLists() {
    JsonElement value = json("{\"vms\": [{\"name\": \"a\"}, {\"name\": \"b\"}]}");
    assertEquals("b", Patterns.at(value, "vms[1].name").getAsString());
    assertEquals(value, Patterns.at(value, ""));
    assertThrows(IllegalArgumentException.class, () -> Patterns.at(value, "vms[2]"));
  }

  @Test
  void variablesAreFilledInInKeysAndValues() {
    assertEquals(
        json("{\"u-1\": [\"a u-1\", 1]}"),
        Patterns.substituted(json("{\"${uid}\": [\"a ${uid}\", 1]}"), SAVED));
    assertThrows(
        IllegalArgumentException.class, () -> Patterns.substituted(json("\"${other}\""), SAVED));
  }
}
