import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReadmeTest {
  private static final Path README = Path.of("../README.md");

  private static String block(String readme, String language) {
    String fence = "```" + language + "\n";
    int start = readme.indexOf(fence) + fence.length();
    return readme.substring(start, readme.indexOf("```\n", start));
  }

  @Test
  void theFirstProgramIsTheOneThatIsCompiledAndRun() throws Exception {
    String program = Files.readString(Path.of("src/main/java/FirstVm.java"));
    assertEquals(program, block(Files.readString(README), "java"));
  }

  @Test
  void theDependencyIsOfThisVersion() throws Exception {
    String parent = Files.readString(Path.of("../pom.xml"));
    String version =
        "<version>" + parent.split("<version>")[1].split("</version>")[0] + "</version>";
    String dependency = block(Files.readString(README), "xml").split("<dependency>")[1];
    assertEquals(version, dependency.strip().split("\\s+")[2]);
  }
}
