package org.forkwitness.verdict;

import org.forkwitness.model.LiveModel;
import org.forkwitness.model.ProcessThread;
import org.forkwitness.report.Call;
import org.forkwitness.report.Frame;
import org.forkwitness.report.HeldLock;
import org.forkwitness.suppress.Suppression;
import org.forkwitness.suppress.Suppressions;
import org.forkwitness.symbols.StackResolver;

/** What is marked as known, and why: by the program itself (forkwitness.h), or by a rule file. For one thread. */
public final class Marks {
    private final LiveModel model;
    private final StackResolver resolver;
    private Suppressions rules = Suppressions.NONE;

    /** Marks of this model. */
    public Marks(LiveModel model, StackResolver resolver) {
        this.model = model;
        this.resolver = resolver;
    }

    /** Takes other rules. */
    public void use(Suppressions newRules) {
        rules = newRules;
    }

    /**
     * Why forks need not fear a thread; null where nobody says so.
     *
     * @param time CLOCK_MONOTONIC, ns: {@link Long#MAX_VALUE} for what was said last
     */
    public String thread(ProcessThread thread, long time) {
        String said = thread.forkAwareAt(time);
        if (said != null || rules.isEmpty() || !thread.known()) {
            return said;
        }
        String name = time == Long.MAX_VALUE ? thread.name() : thread.nameAt(time, "");
        String from = ThreadOrigins.createdFrom(model, thread, resolver.resolve(thread.stack()));
        return rules.thread(name, from).map(Suppression::text).orElse(null);
    }

    /** The lock with the reason why forks need not fear it, where there is one. */
    HeldLock marked(HeldLock lock, long address, long time) {
        String said = model.lockNames().forkAwareAt(address, time);
        String reason = said != null || rules.isEmpty()
                ? said
                : rules.lock(lock).map(Suppression::text).orElse(null);
        return reason == null
                ? lock
                : new HeldLock(
                        lock.id(),
                        lock.kind(),
                        lock.address(),
                        lock.name(),
                        lock.holder(),
                        lock.acquiredAt(),
                        lock.heldMs(),
                        lock.processShared(),
                        lock.initializedBy(),
                        reason);
    }

    /** The rule for a place that forks; null where there is none. */
    String site(Call call, Frame blame) {
        return rules.isEmpty()
                ? null
                : rules.site(call, blame).map(Suppression::text).orElse(null);
    }
}
