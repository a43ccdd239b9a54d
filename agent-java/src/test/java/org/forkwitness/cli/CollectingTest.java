package org.forkwitness.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class CollectingTest {
    @Test
    void knowsTheWordsOfTheAgent() {
        Collecting collecting = Collecting.forAgent("collect", "--jvm-pid", "4711", "--reports", "a b", "-")
                .orElseThrow();
        assertEquals(new Collecting("-", Path.of("a b"), OptionalInt.of(4711), Optional.empty()), collecting);
    }

    @Test
    void leavesAllElseToTheCommandLine() {
        assertTrue(Collecting.forAgent().isEmpty());
        assertTrue(Collecting.forAgent("collect", "--help").isEmpty());
        assertTrue(Collecting.forAgent("collect", "--jvm-pid", "0", "--reports", "a", "-")
                .isEmpty());
        assertTrue(Collecting.forAgent("collect", "--jvm-pid", "1", "--reports", "a", "fifo")
                .isEmpty());
        assertTrue(Collecting.forAgent("collect", "--jvm-pid", "1", "--reports", "a", "-", "--verbose")
                .isEmpty());
    }
}
