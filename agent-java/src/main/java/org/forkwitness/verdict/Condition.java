package org.forkwitness.verdict;

import java.util.function.Predicate;
import org.forkwitness.model.ProcessFork;

/** The conditions of {@code verdicts.tsv}: what was recorded of a fork. */
enum Condition {
    /** The call failed. */
    FAILED(fork -> fork.errno() != null),
    /** A call of the spawn family. */
    SPAWN(fork -> fork.known() && Calls.of(fork.record().call()).spawns()),
    /** The FORK record is missing. */
    CALL_NOT_SEEN(fork -> !fork.known()),
    /** The child called exec. */
    EXEC(fork -> fork.exec() != null && fork.exit() == null),
    /** The child called exit or one of its kin. */
    EXIT(fork -> fork.exit() != null),
    /** There is a child, and that is all. */
    STARTED(fork -> fork.childPid() != null),
    /** There is not even that. */
    CHILD_NOT_SEEN(fork -> true);

    private final Predicate<ProcessFork> test;

    Condition(Predicate<ProcessFork> test) {
        this.test = test;
    }

    boolean holds(ProcessFork fork) {
        return test.test(fork);
    }
}
