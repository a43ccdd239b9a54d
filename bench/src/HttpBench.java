import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.GZIPOutputStream;

/**
 * The measured JVM of server-http: a server on the loopback interface with a pool of threads. An answer is a small page
 * of items from a cache that all threads share, compressed: objects and locks of Java, malloc and free in zlib, sockets.
 * {@code port} is answered with the server's port.
 */
final class HttpBench {
    private static final int POOL = 8;
    private static final int ITEMS = 20;
    private static final int CACHED = 1_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Integer, String> cache = new LinkedHashMap<>(CACHED, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, String> eldest) {
            return size() > CACHED;
        }
    };

    private HttpBench() {}

    private String item(int number) {
        lock.lock();
        try {
            return cache.computeIfAbsent(
                    number, key -> "item " + key + " of " + Integer.toHexString(key * 0x9e3779b1) + "\n");
        } finally {
            lock.unlock();
        }
    }

    /** The path is a number: the first of the items. */
    private void answer(HttpExchange exchange) throws IOException {
        int first = Integer.parseInt(exchange.getRequestURI().getPath().substring(1));
        List<String> items = new ArrayList<>();
        for (int i = 0; i < ITEMS; i++) {
            items.add(item(first + i * 7));
        }
        ByteArrayOutputStream page = new ByteArrayOutputStream();
        try (GZIPOutputStream compressed = new GZIPOutputStream(page)) {
            compressed.write(String.join("", items).getBytes(StandardCharsets.UTF_8));
        }
        exchange.getResponseHeaders().set("Content-Encoding", "gzip");
        exchange.sendResponseHeaders(200, page.size());
        page.writeTo(exchange.getResponseBody());
        exchange.close();
    }

    public static void main(String[] arguments) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        HttpBench bench = new HttpBench();
        ExecutorService pool = Executors.newFixedThreadPool(POOL);
        server.setExecutor(pool);
        server.createContext("/", bench::answer);
        server.start();
        Answers.serve(words -> new double[] {server.getAddress().getPort()});
        server.stop(0);
        pool.shutdown();
    }
}
