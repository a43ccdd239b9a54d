package org.forkwitness.scenarios;

/** Forks in libraries that come after the agent, one of which goes before another comes. */
public final class LateMain {
    private LateMain() {}

    public static void main(String[] arguments) {
        System.out.println("late " + Late.fork());
        for (String plugin : new String[] {"plugin-a", "plugin-b"}) {
            long handle = Late.open(Libraries.path(plugin));
            System.out.println(plugin + " " + Late.call(handle));
            System.out.println("gone " + Late.close(handle));
        }
    }
}
