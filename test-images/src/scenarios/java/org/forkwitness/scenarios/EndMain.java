package org.forkwitness.scenarios;

/** Forks once and ends as its argument says. */
public final class EndMain {
    private EndMain() {}

    public static void main(String[] arguments) {
        System.out.println("forked " + Forks.thenUnderscoreExit(0));
        switch (arguments[0]) {
            case "exit" -> System.exit(5);
            case "halt" -> Runtime.getRuntime().halt(6);
            case "uncaught" -> throw new IllegalStateException("nobody catches this");
            case "return" -> System.out.flush();
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }
}
