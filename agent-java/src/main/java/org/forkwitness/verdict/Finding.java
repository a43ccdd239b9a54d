package org.forkwitness.verdict;

import org.forkwitness.model.InheritedRegion;
import org.forkwitness.report.SeenBy;
import org.forkwitness.stream.LockKind;
import org.forkwitness.stream.StreamRecord;

/** Something that was seen of a child and that a row of {@code verdicts.tsv} speaks of, as it was recorded. */
sealed interface Finding {

    /** The condition holds, and all that is to be said stands in the fork itself. */
    record Plain() implements Finding {}

    /** A call of the child. */
    record Called(StreamRecord.FirstCall call) implements Finding {}

    /** The child was seen in Java code that is not what forked; {@code stack} shows it. */
    record InJava(long stack) implements Finding {}

    /**
     * A call of the child meets another thread.
     *
     * @param state what both use
     */
    record Meeting(StreamRecord.FirstCall call, InheritedRegion region, String state) implements Finding {}

    /**
     * A call of the child meets threads that were inside of the allocator, without a word about who they were.
     *
     * @param threads how many
     */
    record Allocating(StreamRecord.FirstCall call, long threads) implements Finding {}

    /** Something that the child waits for, or that it has failed with. */
    sealed interface Obstacle extends Finding {
        /** Number of the function that it called; null where not known. */
        Long called();

        /** The stack of that call; null where not known. */
        Long stack();

        /** What it waits at; 0 where not known. */
        long address();

        /** From where that was seen. */
        SeenBy seenBy();
    }

    /**
     * A lock.
     *
     * @param kind null where not known
     * @param thread the holder, or null
     * @param own true where that is the thread that forked
     * @param site return address of the call that took it, 0 where not known
     * @param epoch in which site and address hold
     * @param errno what the call failed with; null where it did not fail
     */
    record LockWait(
            Long called,
            Long stack,
            long address,
            LockKind kind,
            Long thread,
            boolean own,
            long site,
            long epoch,
            Long errno,
            SeenBy seenBy)
            implements Obstacle {}

    /** A lock of the JVM, by the JVM's name of it. */
    record JvmLock(Long called, Long stack, long address, String symbol, SeenBy seenBy) implements Obstacle {}

    /**
     * A thread that was not copied.
     *
     * @param thread which; null where not known
     * @param symbol the JVM's name of what it waits at, or null
     */
    record LostThread(Long called, Long stack, long address, Long thread, String symbol, SeenBy seenBy)
            implements Obstacle {}

    /** A lock inside the C library, which has no name. */
    record InRegion(Meeting meeting, long address, SeenBy seenBy) implements Obstacle {
        @Override
        public Long called() {
            return meeting.call().called();
        }

        @Override
        public Long stack() {
            return meeting.call().stack();
        }
    }

    /** A lock inside the allocator, which has no name. */
    record InAllocator(Allocating meeting, long address, SeenBy seenBy) implements Obstacle {
        @Override
        public Long called() {
            return meeting.call().called();
        }

        @Override
        public Long stack() {
            return meeting.call().stack();
        }
    }

    /** A place that is nothing of all these. */
    record Asleep(Long called, Long stack, long address, SeenBy seenBy) implements Obstacle {}
}
