import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;

/** A JWSGI application: what it does is the path that is asked for. It says so, and in which process. */
public final class Answer {
    private Answer() {}

    /** Called by uWSGI for each request. */
    public static Object[] application(HashMap<String, Object> request) throws Exception {
        String answer =
                switch ((String) request.get("PATH_INFO")) {
                    case "/gc" -> collectGarbage();
                    case "/run" -> run();
                    default -> "hello";
                };
        HashMap<String, Object> headers = new HashMap<>();
        headers.put("Content-Type", "text/plain");
        return new Object[] {200, headers, answer + " " + ProcessHandle.current().pid() + "\n"};
    }

    private static String collectGarbage() {
        System.gc(); // HERE: uwsgi-gc
        return "collected";
    }

    private static String run() throws IOException, InterruptedException {
        Process process = new ProcessBuilder("echo", "ran").start(); // HERE: uwsgi-run
        byte[] said = process.getInputStream().readAllBytes();
        process.waitFor();
        return new String(said, StandardCharsets.UTF_8).strip();
    }
}
