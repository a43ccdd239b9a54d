package org.forkwitness.containers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.forkwitness.harness.Installation;
import tools.jackson.databind.json.JsonMapper;

/** What a page of docs tells its readers to write and to run. */
final class Guide {
    private static final JsonMapper JSON = new JsonMapper();

    private final String text;

    /** The page of this name. */
    Guide(String page) {
        try {
            text = Files.readString(
                    Installation.scenarioSources().resolve("../../../docs").resolve(page));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The blocks in this language, in their order. */
    List<String> blocks(String language) {
        return Pattern.compile("^```" + language + "\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(text)
                .results()
                .map(block -> block.group(1))
                .toList();
    }

    /** The manifest's lines of this container, from its name to the next one's. */
    private String container(String name) {
        String manifest = only(blocks("yaml"));
        return only(Pattern.compile(
                        "^    - name: " + name + "\\n(.*?)(?=^    - name|^  \\w|\\z)",
                        Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(manifest)
                .results()
                .map(lines -> lines.group(1))
                .toList());
    }

    /** The command of a container of the manifest. YAML's list on one line is JSON's. */
    String[] command(String name) {
        return JSON.readValue(value(name, "command: (\\[.*])"), String[].class);
    }

    /** MiB that the manifest allows a container. */
    int memoryMib(String name) {
        return Integer.parseInt(value(name, "limits: \\{.*memory: (\\d+)Mi}"));
    }

    /** What the manifest gives a container in this variable. */
    String variable(String name, String variable) {
        return value(name, "- name: " + variable + "\\n +value: \"(.*)\"");
    }

    private String value(String name, String pattern) {
        return only(Pattern.compile(pattern)
                .matcher(container(name))
                .results()
                .map((MatchResult match) -> match.group(1))
                .toList());
    }

    private static String only(List<String> found) {
        assertEquals(1, found.size(), found::toString);
        return found.get(0);
    }
}
