package org.forkwitness.report.text;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.forkwitness.report.Child;
import org.forkwitness.report.Fork;
import org.forkwitness.report.HeldLock;
import org.forkwitness.report.Holder;
import org.forkwitness.report.Region;
import org.forkwitness.report.Report;
import org.forkwitness.report.ThreadInfo;

/** What the other threads were doing at a fork: who held what, and where each stood. */
final class HolderText {
    /** So many are shown where not all is asked for. */
    private static final int MOST = 5;

    /** Lines of a holder's stack, likewise. */
    private static final int LONGEST = 6;

    private HolderText() {}

    /** Writes holders and locks; {@code whole} all of them, with all stacks. */
    static void write(Page page, int indent, Report report, Fork fork, boolean whole) {
        Long awaited = awaited(fork);
        List<Holder> holders = fork.holders().stream()
                .sorted(Comparator.comparing(h -> awaited == null || !h.holds().contains(awaited)))
                .toList();
        String hint = " (" + page.placeOfFork(fork.id()) + " shows all)";
        for (Holder holder : shown(holders, whole)) {
            holder(page, indent, report, fork, holder, whole, hint);
        }
        rest(page, indent, holders.size(), whole, "holder", hint);
        Set<Long> described = new HashSet<>();
        List<HeldLock> locks = fork.locks().stream()
                .sorted(Comparator.comparing(l -> awaited == null || l.id() != awaited))
                .toList();
        for (HeldLock lock : shown(locks, whole)) {
            described.add(lock.id());
            page.row(indent, "lock", LockText.of(lock));
            if (whole && lock.initializedBy() != null) {
                page.row(indent + 4, "made at", StackText.title(lock.initializedBy()));
                page.stack(indent + 6, lock.initializedBy(), null, StackText.WHOLE, "");
            }
        }
        rest(page, indent, locks.size(), whole, "lock", hint);
    }

    private static Long awaited(Fork fork) {
        Child child = fork.child();
        return child == null || child.blockedOn() == null
                ? null
                : child.blockedOn().lock();
    }

    private static <T> List<T> shown(List<T> all, boolean whole) {
        return whole ? all : all.subList(0, Math.min(MOST, all.size()));
    }

    private static void rest(Page page, int indent, int all, boolean whole, String noun, String more) {
        if (!whole && all > MOST) {
            page.row(indent, "", "and " + Words.count(all - MOST, "more " + noun) + more);
        }
    }

    private static void holder(
            Page page, int indent, Report report, Fork fork, Holder holder, boolean whole, String hint) {
        String known = report.thread(holder.thread())
                .map(ThreadInfo::forkAware)
                .map(reason -> "; known: " + reason)
                .orElse("");
        page.row(indent, "holder", Words.thread(holder.name()) + " " + doing(fork, holder) + known);
        if (holder.stack() != null) {
            page.stack(
                    indent + 4,
                    holder.stack(),
                    StackText.culprit(holder.stack()).orElse(null),
                    whole ? StackText.WHOLE : LONGEST,
                    hint);
        }
    }

    private static String doing(Fork fork, Holder holder) {
        String inside = holder.inside().stream().map(HolderText::region).collect(Collectors.joining(", "));
        List<String> held = fork.locks().stream()
                .filter(l -> holder.holds().contains(l.id()))
                .map(LockText::name)
                .collect(Collectors.toList());
        if (holder.moreLocks() > 0) {
            held.add(Words.count(holder.moreLocks(), "more lock") + " that its record had no room for");
        }
        String holds = String.join(", ", held);
        if (inside.isEmpty()) {
            return holds.isEmpty() ? "" : "held " + holds;
        }
        return "was inside " + inside + (holds.isEmpty() ? "" : " and held " + holds);
    }

    private static String region(Region region) {
        String since = region.sinceMs() == null ? "" : " for " + Words.elapsed(region.sinceMs());
        String at = region.at() == null ? "" : ", called at " + FrameText.of(region.at());
        return region.function() + since + at;
    }
}
