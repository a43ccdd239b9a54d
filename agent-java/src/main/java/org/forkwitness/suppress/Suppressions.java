package org.forkwitness.suppress;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.forkwitness.report.Call;
import org.forkwitness.report.Frame;
import org.forkwitness.report.HeldLock;

/**
 * The rules of a file, {@code suppress=FILE}. UTF-8, a rule a line:
 *
 * <pre>
 * # what it is about, by which names, why
 * site    blame=com.example.build.GitRunner.*                : waits for release 3.2
 * site    library=libvendor.so* call=fork                    : vendor ticket 12
 * thread  name="pool-*-thread-*" library=com.example.Pool    : holds its lock for microseconds, before the first fork
 * lock    name=g_stats library=libstats.so* kind=mutex       : the child never counts
 * </pre>
 *
 * <p>The keys, at least one of which a rule has; all that it has must fit:
 *
 * <ul>
 *   <li>{@code site}: {@code blame}, the blamed frame: {@code class.method} of Java, the function of any other,
 *       {@code file:line} with the file's name or whole path; {@code library}, its ELF object or Python module;
 *       {@code call}, how the process was made (fork, vfork, ...)
 *   <li>{@code thread}: {@code name}; {@code library}, the library or class that created it (createdFrom)
 *   <li>{@code lock}: {@code name}, that of its variable or what a library calls it; {@code library}, where that
 *       variable stands, or else which initialised it; {@code kind} (mutex, rwlock, ...)
 * </ul>
 *
 * <p>A value is a pattern for the whole name: {@code *} any characters, {@code ?} one. One with blanks stands in double
 * quotes. The reason follows a colon with a blank on either side, and is not left out. Lines that are empty or begin
 * with {@code #} say nothing. A line that is no rule becomes a note, and all others hold. Where several rules fit, the first
 * one is named. Immutable.
 */
public final class Suppressions {
    /** No rules. */
    public static final Suppressions NONE = new Suppressions(List.of(), List.of());

    private static final String IN = " in ";

    private final List<Suppression> rules;
    private final List<String> notes;

    private Suppressions(List<Suppression> rules, List<String> notes) {
        this.rules = List.copyOf(rules);
        this.notes = List.copyOf(notes);
    }

    /** The rules of a file. One that cannot be read has none, and a note says so. */
    public static Suppressions read(Path file) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            return new Suppressions(
                    List.of(), List.of("suppress=" + file + " cannot be read, no rule of it holds: " + e));
        }
        return parse(
                String.valueOf(file.getFileName()),
                new String(bytes, StandardCharsets.ISO_8859_1)
                        .lines()
                        .map(line -> line.getBytes(StandardCharsets.ISO_8859_1))
                        .toList());
    }

    /** The rules of some lines, by their bytes; {@code name} is the file's, for the notes. */
    static Suppressions parse(String name, List<byte[]> lines) {
        List<Suppression> rules = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String place = name + ":" + (i + 1);
            try {
                RuleLine.parse(decode(lines.get(i)), place).ifPresent(rules::add);
            } catch (CharacterCodingException e) {
                if (!comment(lines.get(i))) {
                    notes.add(place + ": not UTF-8");
                }
            } catch (RuleLine.Mistake e) {
                notes.add(place + ": " + e.getMessage());
            }
        }
        return new Suppressions(rules, notes);
    }

    private static String decode(byte[] line) throws CharacterCodingException {
        // Not new String: it would put another character in the place of what is malformed.
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
    }

    private static boolean comment(byte[] line) {
        return new String(line, StandardCharsets.ISO_8859_1).stripLeading().startsWith("#");
    }

    /** A sentence for each line that is no rule, with its place. */
    public List<String> notes() {
        return notes;
    }

    /** True where there is no rule. */
    public boolean isEmpty() {
        return rules.isEmpty();
    }

    /** The rule for a place that forks; {@code blame} is null where none is known. */
    public Optional<Suppression> site(Call call, Frame blame) {
        return find(
                Subject.SITE,
                Map.of(
                        "blame",
                        blame == null ? List.of() : places(blame),
                        "library",
                        known(blame == null ? null : blame.module()),
                        "call",
                        List.of(call.text())));
    }

    /** The rule for a thread. */
    public Optional<Suppression> thread(String name, String createdFrom) {
        return find(Subject.THREAD, Map.of("name", known(name), "library", known(createdFrom)));
    }

    /** The rule for a lock. */
    public Optional<Suppression> lock(HeldLock lock) {
        return find(
                Subject.LOCK,
                Map.of("name", names(lock.name()), "library", known(library(lock)), "kind", List.of(lock.kind())));
    }

    private Optional<Suppression> find(Subject subject, Map<String, List<String>> names) {
        return rules.stream().filter(rule -> rule.matches(subject, names)).findFirst();
    }

    private static List<String> known(String name) {
        return name == null ? List.of() : List.of(name);
    }

    private static List<String> places(Frame frame) {
        List<String> places = new ArrayList<>();
        if (frame.className() != null) {
            places.add(frame.className() + "." + frame.method());
        }
        if (frame.function() != null) {
            places.add(frame.function());
        }
        if (frame.file() != null && frame.line() != null) {
            places.add(frame.file() + ":" + frame.line());
            places.add(frame.file().substring(frame.file().lastIndexOf('/') + 1) + ":" + frame.line());
        }
        return places;
    }

    /** {@code g_lock in libfoo.so} is also called g_lock. */
    private static List<String> names(String name) {
        int in = name == null ? -1 : name.lastIndexOf(IN);
        return in < 0 ? known(name) : List.of(name, name.substring(0, in));
    }

    private static String library(HeldLock lock) {
        int in = lock.name() == null ? -1 : lock.name().lastIndexOf(IN);
        if (in >= 0) {
            return lock.name().substring(in + IN.length());
        }
        return lock.initializedBy() == null
                ? null
                : lock.initializedBy().stream()
                        .map(Frame::module)
                        .filter(module -> module != null)
                        .findFirst()
                        .orElse(null);
    }
}
