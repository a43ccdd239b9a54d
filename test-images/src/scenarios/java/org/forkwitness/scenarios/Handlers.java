package org.forkwitness.scenarios;

/** {@code handlers.c}: registers fork handlers when it is loaded. */
final class Handlers {
    static {
        Libraries.load("handlers");
    }

    private Handlers() {}

    /** Registers one more, for children alone. Returns how many registrations failed so far. */
    static native int registerLate();

    /** What the handlers that ran in this process added up to. */
    static native int ran();
}
