import java.util.Collection;
import java.util.Collections;
import java.util.List;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.IndexService;
import org.opensearch.index.reindex.ReindexPlugin;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.Plugin;
import org.opensearch.transport.Netty4Plugin;

/** One OpenSearch node with its HTTP interface, until standard input ends. Arguments: folder, HTTP port. */
public class Embedded extends Node {
  Embedded(Settings settings, Collection<Class<? extends Plugin>> plugins) {
    super(InternalSettingsPreparer.prepareEnvironment(settings, Collections.emptyMap(), null, () -> "test"), plugins, true);
  }

  /** Lets a test shorten the 30 seconds after which deleted documents may be merged away. */
  public static class LeaseSettings extends Plugin {
    @Override
    public List<Setting<?>> getSettings() {
      return List.of(IndexService.RETENTION_LEASE_SYNC_INTERVAL_SETTING);
    }
  }

  public static void main(String[] arguments) throws Exception {
    Settings settings =
        Settings.builder()
            .put("path.home", arguments[0])
            .put("path.repo", arguments[0] + "/snapshots")
            .put("http.port", arguments[1])
            .put("transport.port", "0")
            .put("network.host", "127.0.0.1")
            .put("discovery.type", "single-node")
            .put("transport.type", "netty4")
            .put("http.type", "netty4")
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .build();
    Node node = new Embedded(settings, List.of(Netty4Plugin.class, ReindexPlugin.class, LeaseSettings.class)).start();
    System.out.println("ready");
    while (System.in.read() >= 0) {}
    node.close();
  }
}
