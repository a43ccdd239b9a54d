package org.forkwitness.scenarios;

/** Registers fork handlers and forks. */
public final class HandlersMain {
    private HandlersMain() {}

    public static void main(String[] arguments) {
        System.out.println("before " + Handlers.ran());
        System.out.println("late " + Handlers.registerLate()); // HERE: java-register-handler
        System.out.println("forked " + Forks.thenUnderscoreExit(0));
        System.out.println("after " + Handlers.ran());
    }
}
