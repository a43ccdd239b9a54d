package org.forkwitness.scenarios;

/** Forks and says so until it is killed. */
public final class EndlessMain {
    private EndlessMain() {}

    public static void main(String[] arguments) {
        while (!System.out.checkError()) {
            System.out.println("forked " + Forks.thenUnderscoreExit(0));
        }
    }
}
