package org.forkwitness.harness;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.forkwitness.scenarios.ForkMain;

/**
 * What is tested: the folder that users download, and the scenarios' native libraries. The system properties
 * {@code forkwitness.home}, {@code forkwitness.scenarios}, {@code forkwitness.sources} and {@code forkwitness.hosts} say
 * where, or the environment
 * variable FORKWITNESS_HOME for another build.
 */
public final class Installation {
    private Installation() {}

    /** The agent. */
    public static Path agent() {
        return existing(home().resolve("lib/libforkwitness.so"));
    }

    /** The command line. */
    public static Path command() {
        return existing(home().resolve("bin/forkwitness"));
    }

    /** The collector. */
    public static Path collector() {
        return existing(home().resolve("lib/forkwitness.jar"));
    }

    /** Directory of the scenarios' native libraries. */
    public static Path scenarioLibraries() {
        return existing(property("forkwitness.scenarios"));
    }

    /** Directory of the programs that host a JVM. */
    public static Path hosts() {
        return existing(property("forkwitness.hosts"));
    }

    /** Directory of the scenarios' sources. */
    public static Path scenarioSources() {
        return existing(property("forkwitness.sources"));
    }

    /** Directory of the scenarios' classes. */
    public static Path scenarioClasses() {
        try {
            return Path.of(ForkMain.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Jars of the scenarios' class path: those with these names, which are the files' without their versions. */
    public static List<Path> jars(Set<String> names) {
        List<Path> found = Arrays.stream(System.getProperty("java.class.path").split(":"))
                .map(Path::of)
                .filter(file -> names.contains(file.getFileName().toString().replaceFirst("-[0-9.]+\\.jar$", "")))
                .toList();
        if (found.size() != names.size()) {
            throw new IllegalStateException("jars of " + names + " in the class path: " + found);
        }
        return found;
    }

    /** The folder that users download. */
    public static Path home() {
        String other = System.getenv("FORKWITNESS_HOME");
        return other == null ? property("forkwitness.home") : Path.of(other);
    }

    private static Path property(String name) {
        String value = System.getProperty(name);
        if (value == null) {
            throw new IllegalStateException("run by Maven, or set -D" + name + "=DIR");
        }
        return Path.of(value).toAbsolutePath().normalize();
    }

    private static Path existing(Path path) {
        if (!Files.exists(path)) {
            throw new IllegalStateException(path + " is missing: mvn -DskipTests package builds it");
        }
        return path;
    }
}
