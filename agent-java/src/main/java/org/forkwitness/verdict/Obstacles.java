package org.forkwitness.verdict;

import java.util.List;
import java.util.Set;
import org.forkwitness.model.InheritedLock;
import org.forkwitness.report.SeenBy;
import org.forkwitness.stream.Category;
import org.forkwitness.stream.LockKind;
import org.forkwitness.stream.StreamRecord;

/**
 * Finds what a child waits for in vain: from its own word that it is about to wait for a lock, and from outside, where it
 * was seen to sleep. What another process could end is none.
 */
final class Obstacles {
    /** Waits that only another thread ends, for there is no owner who would. */
    private static final Set<Category> NO_OWNER = Set.of(Category.CONDITION, Category.SEMAPHORE, Category.THREAD);

    /** The largest of what is waited at: pthread_rwlock_t has 56 bytes (glibc 2.36). */
    private static final long OBJECT_BYTES = 64;

    private final Evidence evidence;

    Obstacles(Evidence evidence) {
        this.evidence = evidence;
    }

    /** Null where it waits for nothing of that kind. */
    Finding.Obstacle find() {
        StreamRecord.Hung hung = hung();
        StreamRecord.Blocked blocked = blocked();
        if (blocked != null && !(hung != null && hung.shared() && covers(blocked, hung.address()))) {
            return evidence.lockWait(blocked);
        }
        if (hung == null) {
            return semaphore();
        }
        return hung.shared() ? join(hung) : asleep(hung);
    }

    private static boolean covers(StreamRecord.Blocked blocked, long address) {
        return InheritedLock.covers(blocked.address(), blocked.lockKind(), address);
    }

    /** The last lock that it said to wait for, if that is the last that was seen of it. */
    private StreamRecord.Blocked blocked() {
        List<StreamRecord.Blocked> all = evidence.child().blocked();
        StreamRecord.Blocked last = all.isEmpty() ? null : all.get(all.size() - 1);
        boolean none = last == null || evidence.shared(last.address());
        return none || evidence.child().wentOnAfter(last) || endedByItself() ? null : last;
    }

    /**
     * The semaphore that it said to wait for, if that is the last that was seen of it: the agent says so where it found a
     * private semaphore at 0. Whoever took it last would have to post it.
     */
    private Finding.Obstacle semaphore() {
        StreamRecord.Wait wait = lastWait();
        boolean none = wait == null || evidence.category(wait.called()) != Category.SEMAPHORE;
        if (none || evidence.child().wentOnAfter(wait) || endedByItself() || evidence.createdThreads() != 0) {
            return null;
        }
        for (InheritedLock lock : evidence.child().locks()) {
            boolean taken = lock.kind() == LockKind.SEMAPHORE && !lock.shared() && !evidence.own(lock.thread());
            if (taken && lock.address() == wait.address()) {
                return lockWait(lock, wait.called(), wait.stack(), SeenBy.INSIDE);
            }
        }
        return null;
    }

    private Finding.LockWait lockWait(InheritedLock lock, Long called, Long stack, SeenBy seenBy) {
        return new Finding.LockWait(
                called,
                stack,
                lock.address(),
                lock.kind(),
                lock.thread(),
                evidence.own(lock.thread()),
                lock.site(),
                lock.epoch(),
                null,
                seenBy);
    }

    private boolean endedByItself() {
        return evidence.watch().execed() || evidence.watch().exitStatus() != null;
    }

    /** The sleep that was seen from outside, if nothing was seen of the child since. */
    private StreamRecord.Hung hung() {
        StreamRecord.Hung hung = evidence.watch().hung();
        boolean over = hung != null
                && evidence.createdThreads() == 0
                && evidence.child().lastTime() > hung.header().time();
        return over || endedByItself() ? null : hung;
    }

    /**
     * The end of a thread wakes those who join it by a futex that is not private, although no other process has that memory
     * (glibc 2.36 nptl/pthread_join_common.c; set_tid_address(2)).
     */
    private Finding.Obstacle join(StreamRecord.Hung hung) {
        StreamRecord.Wait wait = lastWait();
        boolean joins = wait != null
                && evidence.category(wait.called()) == Category.THREAD
                && wait.thread() != null
                && !evidence.child().wentOnAfter(wait);
        return joins
                ? new Finding.LostThread(
                        wait.called(), wait.stack(), hung.address(), wait.thread(), null, SeenBy.OUTSIDE)
                : null;
    }

    private StreamRecord.Wait lastWait() {
        List<StreamRecord.Wait> all = evidence.child().waits();
        return all.isEmpty() ? null : all.get(all.size() - 1);
    }

    private Finding.Obstacle asleep(StreamRecord.Hung hung) {
        boolean alone = evidence.createdThreads() == 0;
        Category category = evidence.category(hung.called());
        Finding.Obstacle found = inheritedLock(hung, alone);
        if (found == null) {
            found = lostThread(hung, category, alone);
        }
        if (found == null && hung.owner() != null) {
            found = ownedLock(hung, evidence.threadOfTid(hung.owner()));
        }
        if (found == null && hung.symbol() != null && alone) {
            found = new Finding.JvmLock(hung.called(), hung.stack(), hung.address(), hung.symbol(), SeenBy.OUTSIDE);
        }
        if (found == null && hung.object() == null) {
            found = region(hung);
            found = found == null ? allocator(hung) : found;
        }
        if (found == null && !alone) {
            found = oneOfSeveral(hung);
        }
        return found == null && alone
                ? new Finding.Asleep(hung.called(), hung.stack(), hung.address(), SeenBy.OUTSIDE)
                : found;
    }

    /**
     * Of a child with threads of its own all of which sleep: the one at this address has said what it waits for. That
     * proves something only where it is a thread that was not copied, which none of the child's own can stand in for.
     */
    private Finding.Obstacle oneOfSeveral(StreamRecord.Hung hung) {
        List<StreamRecord.Wait> all = evidence.child().waits();
        for (int i = all.size() - 1; i >= 0; i--) {
            StreamRecord.Wait wait = all.get(i);
            long into = hung.address() - wait.address();
            if (wait.thread() != null && into >= 0 && into < OBJECT_BYTES) {
                return new Finding.LostThread(
                        wait.called(), wait.stack(), hung.address(), wait.thread(), hung.symbol(), SeenBy.OUTSIDE);
            }
        }
        return null;
    }

    /** A lock that was held at the fork; the own ones a child with threads may have given back and taken again. */
    private Finding.Obstacle inheritedLock(StreamRecord.Hung hung, boolean alone) {
        for (InheritedLock lock : evidence.child().locks()) {
            if (isAt(lock, hung) && !lock.shared() && mayHold(lock, alone)) {
                return lockWait(lock, hung.called(), hung.stack(), SeenBy.OUTSIDE);
            }
        }
        return null;
    }

    /** The lock of a standard stream stands apart from it: there the call tells. */
    private static boolean isAt(InheritedLock lock, StreamRecord.Hung hung) {
        boolean named = lock.kind() == LockKind.FILE && hung.object() != null && hung.object() == lock.address();
        return named || lock.covers(hung.address());
    }

    /**
     * True where the child finds it locked. A semaphore has no owner, so that its own thread's is like any other's that
     * nobody posts; a stream's lock that the C library reset can only hold up a child with threads of its own.
     */
    private boolean mayHold(InheritedLock lock, boolean alone) {
        if (evidence.own(lock.thread())) {
            return alone && lock.kind() != LockKind.SEMAPHORE;
        }
        return alone || lock.kind() != LockKind.FILE || !evidence.mended(Protection.FILE_LOCK);
    }

    private Finding.Obstacle lostThread(StreamRecord.Hung hung, Category category, boolean alone) {
        Long thread = hung.lostThread();
        StreamRecord.Wait wait = lastWait();
        boolean told = wait != null
                && hung.called() != null
                && hung.called() == wait.called()
                && (hung.object() == null || hung.object() == wait.address());
        if (thread == null && told) {
            thread = wait.thread();
        }
        boolean nobodyElse = category != null && NO_OWNER.contains(category) && alone;
        return thread == null && !nobodyElse
                ? null
                : new Finding.LostThread(
                        hung.called(), hung.stack(), hung.address(), thread, hung.symbol(), SeenBy.OUTSIDE);
    }

    private Finding.Obstacle ownedLock(StreamRecord.Hung hung, Long thread) {
        return thread == null
                ? null
                : new Finding.LockWait(
                        hung.called(),
                        hung.stack(),
                        hung.object() == null ? hung.address() : hung.object(),
                        null,
                        thread,
                        evidence.own(thread),
                        0,
                        evidence.epoch(),
                        null,
                        SeenBy.OUTSIDE);
    }

    private Finding.Obstacle allocator(StreamRecord.Hung hung) {
        StreamRecord.FirstCall call = evidence.allocatorCall();
        boolean likely = hung.called() == null
                ? evidence.environments().isOfLibraries(hung.address())
                : call != null && call.called() == hung.called();
        return call == null || !likely
                ? null
                : new Finding.InAllocator(
                        new Finding.Allocating(call, evidence.allocating()), hung.address(), SeenBy.OUTSIDE);
    }

    /** The call that is known to be its last one says it all; else the address must be one where such locks are. */
    private Finding.Obstacle region(StreamRecord.Hung hung) {
        List<Finding.Meeting> meetings = evidence.meetings().stream()
                .filter(meeting -> hung.called() == null || meeting.call().called() == hung.called())
                .toList();
        boolean likely = hung.called() != null || evidence.environments().isOfLibraries(hung.address());
        return meetings.isEmpty() || !likely
                ? null
                : new Finding.InRegion(meetings.get(meetings.size() - 1), hung.address(), SeenBy.OUTSIDE);
    }
}
