package org.forkwitness.verdict;

import java.util.ArrayList;
import java.util.List;
import org.forkwitness.model.ChildRecords;
import org.forkwitness.model.Function;
import org.forkwitness.model.InheritedLock;
import org.forkwitness.model.InheritedRegion;
import org.forkwitness.model.LiveModel;
import org.forkwitness.model.ProcessFork;
import org.forkwitness.model.ProcessThread;
import org.forkwitness.model.WatchRecords;
import org.forkwitness.report.Call;
import org.forkwitness.report.ForkProtection;
import org.forkwitness.report.SeenBy;
import org.forkwitness.stream.Category;
import org.forkwitness.stream.LockKind;
import org.forkwitness.stream.StreamRecord;

/**
 * What the records of a fork and its child show, by themselves: no names, no sentences, so that it costs little. Valid as
 * long as the model does not change.
 */
final class Evidence {
    private static final List<String> THREAD_CREATORS = List.of("pthread_create", "thrd_create");

    private final LiveModel model;
    private final Rules rules;
    private final ProcessFork fork;
    private List<Finding.Meeting> meetings;
    private Finding.Obstacle obstacle;
    private boolean obstacleKnown;

    /**
     * What the evidence is judged by.
     *
     * @param environments what the process runs on
     */
    record Rules(States states, Protection protection, Environments environments) {}

    Evidence(LiveModel model, Rules rules, ProcessFork fork) {
        this.model = model;
        this.rules = rules;
        this.fork = fork;
    }

    LiveModel model() {
        return model;
    }

    ProcessFork fork() {
        return fork;
    }

    ChildRecords child() {
        return fork.child();
    }

    WatchRecords watch() {
        return fork.watch();
    }

    Environments environments() {
        return rules.environments;
    }

    /** How the process was made. */
    Call call() {
        return fork.known() ? Calls.of(fork.record().call()) : Call.UNOBSERVED;
    }

    /** True where the agent was there to see what the child calls. */
    boolean observed() {
        return child().first() != null && model.functions().known();
    }

    /** True where it saw all that the child did until now, as far as is known. */
    boolean wholly() {
        return observed() && model.missingOf(fork) == 0;
    }

    Function function(long number) {
        return model.functions().of(number);
    }

    Category category(Long number) {
        return number == null ? null : function(number).category();
    }

    /** True where this thread was not copied: all but the one that forked. */
    boolean vanished(long thread) {
        return !own(thread);
    }

    /** True where this is the thread that forked. */
    boolean own(long thread) {
        return fork.known() && fork.record().thread() == thread;
    }

    /** Threads that the child created, as many as it is known to have. */
    long createdThreads() {
        return child().calls().stream()
                .filter(call -> THREAD_CREATORS.contains(function(call.called()).name()))
                .mapToLong(call -> child().count(call.called()))
                .sum();
    }

    /** How many vanished threads were inside of the allocator without a record of their own. */
    long allocating() {
        Long threads = child().allocating();
        return threads == null ? 0 : threads;
    }

    /** The child's first call of the allocator, where such threads were inside of it and nothing mends it; else null. */
    StreamRecord.FirstCall allocatorCall() {
        ForkProtection protection = environments().now().allocator().forkProtection();
        boolean harmful = allocating() > 0 && protection != ForkProtection.UNKNOWN && !mended(Protection.ALLOCATOR);
        return harmful ? firstCall(Protection.ALLOCATOR) : null;
    }

    private StreamRecord.FirstCall firstCall(String state) {
        return child().calls().stream()
                .filter(call -> rules.states.of(function(call.called())).contains(state))
                .findFirst()
                .orElse(null);
    }

    /** True where the child called a function that uses this state. */
    boolean uses(String state) {
        return firstCall(state) != null;
    }

    /** True where the child finds this state whole. */
    boolean mended(String state) {
        return rules.protection.mends(state, rules.environments.now(), call());
    }

    /** How much harm a call can do: 2 where it uses a state that nothing mends, 1 where what it uses is mended, else 0. */
    int harm(StreamRecord.FirstCall call) {
        List<String> states = rules.states.of(function(call.called()));
        return states.isEmpty() ? 0 : states.stream().allMatch(this::mended) ? 1 : 2;
    }

    /** A FILE that a vanished thread had locked while the child used such streams; null where there was none. */
    InheritedLock lockedFile() {
        if (firstCall("stdio") == null) {
            return null;
        }
        return child().locks().stream()
                .filter(lock -> lock.kind() == LockKind.FILE && vanished(lock.thread()))
                .findFirst()
                .orElse(null);
    }

    /** The record of a lock that this thread held, of any thread for null; null where there is none. */
    InheritedLock inherited(long address, Long thread) {
        for (InheritedLock lock : child().locks()) {
            if (lock.address() == address && (thread == null || lock.thread() == thread)) {
                return lock;
            }
        }
        return null;
    }

    /** True where the child came upon the lock at this address. */
    boolean met(long address) {
        return obstacle() instanceof Finding.LockWait stuck && stuck.address() == address
                || child().blocked().stream().anyMatch(b -> b.address() == address)
                || child().lockFailures().stream().anyMatch(f -> f.address() == address);
    }

    /** True where other processes may hold the lock at this address, and give it back: it never proves anything. */
    boolean shared(long address) {
        InheritedLock lock = inherited(address, null);
        return lock != null && lock.shared();
    }

    /** Calls of the child in a state that nothing mends and that a vanished thread was inside of. */
    List<Finding.Meeting> meetings() {
        if (meetings == null) {
            meetings = findMeetings(false);
        }
        return meetings;
    }

    /** Such calls where the state is mended. */
    List<Finding.Meeting> mendedMeetings() {
        return findMeetings(true);
    }

    private List<Finding.Meeting> findMeetings(boolean mended) {
        List<Finding.Meeting> found = new ArrayList<>();
        for (StreamRecord.FirstCall call : child().calls()) {
            List<String> states = rules.states.of(function(call.called()));
            for (String state : states) {
                InheritedRegion region = inside(state);
                if (region != null && mended(state) == mended) {
                    found.add(new Finding.Meeting(call, region, state));
                    break;
                }
            }
        }
        return found;
    }

    private boolean holds(InheritedRegion region, String state) {
        return vanished(region.thread())
                && rules.states.heldIn(function(region.function())).contains(state);
    }

    /** What a vanished thread was inside of that uses this state; null where none was. */
    private InheritedRegion inside(String state) {
        for (InheritedRegion region : child().regions()) {
            if (holds(region, state)) {
                return region;
            }
        }
        return null;
    }

    /** How many vanished threads were inside of what uses this state. */
    long threadsInside(String state) {
        return child().regions().stream()
                .filter(region -> holds(region, state))
                .mapToLong(InheritedRegion::thread)
                .distinct()
                .count();
    }

    /** What the child waits for now, or waited for when it ended, without anybody in it that could end the wait; else null. */
    Finding.Obstacle obstacle() {
        if (!obstacleKnown) {
            obstacleKnown = true;
            obstacle = new Obstacles(this).find();
        }
        return obstacle;
    }

    /** A lock that the child told of. */
    Finding.LockWait lockWait(StreamRecord.Blocked b) {
        Long thread = b.thread() != null ? b.thread() : b.owner() == null ? null : threadOfTid(b.owner());
        return new Finding.LockWait(
                b.called(),
                b.stack(),
                b.address(),
                b.lockKind(),
                thread,
                thread != null && own(thread),
                b.site() == null ? siteOf(b.address(), thread) : b.site(),
                epoch(),
                null,
                SeenBy.INSIDE);
    }

    /** A lock that a call of the child failed with. */
    Finding.LockWait lockFailure(StreamRecord.LockFailed f) {
        return new Finding.LockWait(
                f.called(),
                f.stack(),
                f.address(),
                f.lockKind(),
                f.thread(),
                f.thread() != null && own(f.thread()),
                f.site() == null ? siteOf(f.address(), f.thread()) : f.site(),
                epoch(),
                f.errno(),
                SeenBy.INSIDE);
    }

    /** The epoch in which the child's addresses hold. */
    long epoch() {
        if (!child().locks().isEmpty()) {
            return child().locks().get(0).epoch();
        }
        // Without the word of the child itself, what was loaded last is the best guess at what it has.
        return child().regions().isEmpty()
                ? Long.MAX_VALUE - 1
                : child().regions().get(0).epoch();
    }

    private long siteOf(long address, Long thread) {
        InheritedLock lock = thread == null ? null : inherited(address, thread);
        return lock == null ? 0 : lock.site();
    }

    /** The thread that had this kernel id in the parent at the fork; null where none did. */
    Long threadOfTid(long tid) {
        if (fork.known() && fork.record().tid() == tid) {
            return fork.record().thread();
        }
        return model.threads().all().stream()
                .filter(ProcessThread::known)
                .filter(t -> t.proc() == fork.proc() && t.tid() == tid && t.aliveAt(fork.time()))
                .map(ProcessThread::id)
                .findFirst()
                .orElse(null);
    }
}
