package org.forkwitness.verdict;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.forkwitness.report.Allocator;
import org.forkwitness.report.AllocatorName;
import org.forkwitness.report.ForkProtection;

/** Which allocator a library is, by {@code allocators.tsv}. Immutable. */
public final class Allocators {
    private static final String ANY = "*";

    private final List<List<String>> rows = RuleTable.read("allocators.tsv", 6);

    /**
     * The allocator of a process.
     *
     * @param library file name of the object that holds malloc; null where it is not known
     */
    public Allocator of(String library, String libcName, String libcVersion) {
        if (library == null) {
            return new Allocator(AllocatorName.UNKNOWN, null, null, ForkProtection.UNKNOWN, null, null);
        }
        return rows.stream()
                .filter(row -> RuleTable.matches(row.get(0), library))
                .filter(row -> row.get(1).equals(ANY) || row.get(1).equals(libcName))
                .filter(row -> Version.atLeast(libcVersion, row.get(2)))
                .findFirst()
                .map(row -> allocator(row, library, libcVersion))
                .orElseGet(
                        () -> new Allocator(AllocatorName.UNKNOWN, null, library, ForkProtection.UNKNOWN, null, null));
    }

    private static Allocator allocator(List<String> row, String library, String libcVersion) {
        boolean partOfLibc = !row.get(1).equals(ANY);
        return new Allocator(
                constant(AllocatorName.values(), row.get(3), AllocatorName::text),
                partOfLibc ? libcVersion : null,
                library,
                constant(ForkProtection.values(), row.get(4), ForkProtection::text),
                row.get(5),
                null);
    }

    private static <E> E constant(E[] values, String text, Function<E, String> textOf) {
        return Arrays.stream(values)
                .filter(v -> textOf.apply(v).equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("allocators.tsv: no value " + text));
    }
}
