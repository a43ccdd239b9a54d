package org.forkwitness.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A JDK on this machine, 17 or newer.
 *
 * @param home its directory, without symbolic links
 * @param major 17, 25, ...
 */
public record Jdk(Path home, int major) {
    private static final Path INSTALLED = Path.of("/usr/lib/jvm");
    private static final Pattern VERSION = Pattern.compile("JAVA_VERSION=\"(\\d+)");
    private static final int OLDEST = 17;

    /** Those of JAVA_HOME, PATH and /usr/lib/jvm; one directory once. */
    public static List<Jdk> all() {
        Map<Path, Jdk> found = new LinkedHashMap<>();
        for (Path home : candidates()) {
            at(home).ifPresent(jdk -> found.putIfAbsent(jdk.home, jdk));
        }
        if (found.isEmpty()) {
            throw new IllegalStateException("no JDK 17 or newer: set JAVA_HOME, or put java in PATH");
        }
        return List.copyOf(found.values());
    }

    private static List<Path> candidates() {
        List<Path> homes = new ArrayList<>();
        Optional.ofNullable(System.getenv("JAVA_HOME")).map(Path::of).ifPresent(homes::add);
        Arrays.stream(System.getenv("PATH").split(":"))
                .map(directory -> Path.of(directory, "java"))
                .filter(Files::isExecutable)
                .map(Jdk::homeOf)
                .forEach(homes::add);
        if (Files.isDirectory(INSTALLED)) {
            try (Stream<Path> directories = Files.list(INSTALLED)) {
                directories.sorted().forEach(homes::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return homes;
    }

    private static Path homeOf(Path java) {
        try {
            return java.toRealPath().getParent().getParent();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** By its file {@code release}; empty for anything but a JDK that is new enough. */
    private static Optional<Jdk> at(Path home) {
        Path release = home.resolve("release");
        if (!Files.isReadable(release) || !Files.isExecutable(home.resolve("bin/jcmd"))) {
            return Optional.empty();
        }
        try {
            Matcher version = VERSION.matcher(Files.readString(release));
            return version.find() && Integer.parseInt(version.group(1)) >= OLDEST
                    ? Optional.of(new Jdk(home.toRealPath(), Integer.parseInt(version.group(1))))
                    : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A program of this JDK: java, jcmd, ... */
    public String program(String name) {
        return home.resolve("bin").resolve(name).toString();
    }

    @Override
    public String toString() {
        return "JDK " + major + " " + home;
    }
}
