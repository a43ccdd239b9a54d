package org.forkwitness.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.DataInputStream;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** In a JVM without the agent. */
class ForkAwareTest {
    @Test
    void withoutTheAgentNothingHappens() {
        assertFalse(ForkAware.isPresent());
        assertFalse(ForkAware.threadIsAware("a reason"));
        assertFalse(ForkAware.threadIsNotAware());
        try (ForkAware outer = ForkAware.scope("outer");
                ForkAware inner = ForkAware.scope("inner")) {
            inner.close();
            outer.close();
        }
        assertFalse(ForkAware.isPresent());
    }

    @Test
    void aReasonIsNeeded() {
        assertThrows(NullPointerException.class, () -> ForkAware.threadIsAware(null));
        assertThrows(NullPointerException.class, () -> ForkAware.scope(null));
        assertFalse(ForkAware.threadIsAware(""));
    }

    @Test
    void aScopeIsItsThreads() throws InterruptedException {
        AtomicReference<ForkAware> scope = new AtomicReference<>();
        Thread other = new Thread(() -> scope.set(ForkAware.scope("another thread's")));
        other.start();
        other.join();
        assertThrows(IllegalStateException.class, () -> scope.get().close());
    }

    /** Programs on Java 11 load it: class file version 55 (JVMS 4.1). */
    @Test
    void isForJava11() throws IOException {
        try (DataInputStream file = new DataInputStream(ForkAware.class.getResourceAsStream("ForkAware.class"))) {
            assertEquals(0xCAFEBABE, file.readInt());
            assertEquals(0, file.readUnsignedShort());
            assertEquals(55, file.readUnsignedShort());
        }
    }
}
