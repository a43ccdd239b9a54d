package org.forkwitness.verdict;

import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.forkwitness.model.ProcessFork;
import org.forkwitness.report.Call;
import org.forkwitness.report.Frame;
import org.forkwitness.symbols.ResolvedStack;
import org.forkwitness.symbols.StackResolver;

/**
 * Groups forks by call and stack: by the stack's id at first, and by what it resolves to once all of it is known, since
 * the same source line may be reached through different return addresses. For one thread.
 */
final class Sites {
    private record Key(Call call, long proc, Long stack) {}

    /** What two stacks must have in common: the source where that is known, else the address. */
    private record Place(String type, String name, String module, String file, Integer line, String offset) {
        static Place of(Frame frame) {
            boolean named = frame.method() != null || frame.function() != null;
            String name = frame.method() != null ? frame.method() : frame.function();
            String offset = named ? null : frame.offset();
            return new Place(frame.className(), name, frame.module(), frame.file(), frame.line(), offset);
        }
    }

    private record Merge(Call call, List<Place> places) {}

    private final StackResolver resolver;
    private final Map<Key, SiteTally> byKey = new LinkedHashMap<>();
    private final Map<Merge, SiteTally> byPlaces = new HashMap<>();
    private boolean settled;
    private Plumbing plumbing = Plumbing.of(null, "");

    Sites(StackResolver resolver) {
        this.resolver = resolver;
    }

    /** Uses these rules from now on, also for what was resolved before. */
    void use(Plumbing newPlumbing) {
        plumbing = newPlumbing;
        byKey.values().stream()
                .filter(site -> site.resolved() != null)
                .forEach(site -> site.resolved(site.resolved(), plumbing.blame(site.resolved())));
    }

    /** The site of a fork, made where it is the first one. */
    SiteTally of(ProcessFork fork) {
        Call call = fork.known() ? Calls.of(fork.record().call()) : Call.UNOBSERVED;
        Long stack = fork.known() ? fork.record().stack() : null;
        Key key = new Key(call, stack == null ? 0 : fork.proc(), stack);
        return byKey.computeIfAbsent(key, k -> new SiteTally(byKey.size() + 1L, call, k.proc(), stack));
    }

    /** Resolves as much as is known of a site's stack; true where nothing more is to come. */
    boolean resolve(SiteTally site) {
        if (site.resolved() != null && (settled || site.resolved().complete())) {
            return site.resolved().complete();
        }
        ResolvedStack stack = resolver.resolve(site.stack());
        site.resolved(stack, plumbing.blame(stack));
        if (stack.complete()) {
            merge(site);
        }
        return stack.complete();
    }

    /** While a report is put together, no site becomes a part of another one: names may arrive at any time. */
    void settle(boolean now) {
        settled = now;
    }

    private void merge(SiteTally site) {
        Merge merge = new Merge(
                site.call(), site.resolved().frames().stream().map(Place::of).toList());
        SiteTally first = byPlaces.putIfAbsent(merge, site);
        if (first != null) {
            site.mergedInto(first);
        }
    }

    /** All of them, those that are part of another one included, in the order of their ids. */
    Collection<SiteTally> all() {
        return byKey.values();
    }
}
