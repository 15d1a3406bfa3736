"""Spark's integration: files, tables of a catalog, partitions, column lineage, DROP and TRUNCATE, a stream, a failure.

Needs, in the Python that runs it: pyspark==3.5.*; in JAR the path of openlineage-spark_2.12; Java 17.
"""

import os
import pathlib
import shutil
import tempfile

from catch import KEY, Caught
from pyspark.sql import SparkSession

DROPPED = ("spark.logicalPlan", "spark_properties", "debug", "gcp_dataproc", "environment-properties", "spark_jobDetails", "spark_applicationDetails", "errorMessage")


def main():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="spark-"))
    caught = Caught()
    of = "spark.openlineage."
    builder = SparkSession.builder.master("local[1]").appName("night")
    options = {
        "spark.jars": os.environ["JAR"],
        "spark.extraListeners": "io.openlineage.spark.agent.OpenLineageSparkListener",
        of + "transport.type": "http",
        of + "transport.url": caught.url,
        of + "transport.compression": "gzip",
        of + "transport.auth.type": "api_key",
        of + "transport.auth.apiKey": KEY,
        of + "namespace": "spark",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.ui.enabled": "false",
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={folder}",
        "spark.driver.host": "127.0.0.1",
    }
    for name, value in options.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    lake = folder / "lake"
    people = [(1, "jane@example.com", "FR"), (2, "john@example.com", "DE")]
    spark.createDataFrame(people, "id int, mail string, country string").write.parquet(f"{lake}/users")
    users = spark.read.parquet(f"{lake}/users")
    users.createOrReplaceTempView("users")
    users.select("mail").write.mode("overwrite").csv(f"{lake}/mails")
    users.write.mode("overwrite").partitionBy("country").parquet(f"{lake}/by_country")
    users.filter("country = 'FR'").drop("country").write.mode("overwrite").parquet(f"{lake}/by_country/country=FR")
    users.groupBy("country").count().write.parquet(f"{lake}/counted")
    spark.sql("CREATE TABLE copied USING parquet AS SELECT sha2(mail, 256) AS hash, country FROM users WHERE id > 0")
    spark.sql("CREATE TABLE dated (mail string, country string) USING parquet PARTITIONED BY (country)")
    spark.sql("INSERT OVERWRITE TABLE dated PARTITION (country = 'FR') SELECT mail FROM users WHERE country = 'FR'")
    spark.sql("INSERT OVERWRITE TABLE dated SELECT mail, country FROM users")
    spark.sql("TRUNCATE TABLE dated PARTITION (country = 'FR')")
    spark.sql("ALTER TABLE dated DROP PARTITION (country = 'DE')")
    spark.sql("TRUNCATE TABLE copied")
    spark.sql("ALTER TABLE copied RENAME TO copied_old")
    spark.sql("DROP TABLE copied_old")
    spark.sql(f"CREATE TABLE outside USING parquet LOCATION '{lake}/users'")
    spark.sql("DROP TABLE outside")
    try:
        spark.sql("SELECT raise_error(mail) AS mail FROM users").write.parquet(f"{lake}/failed")
    except Exception as error:
        print(type(error).__name__, str(error)[:200])
    stream = spark.readStream.schema(users.schema).parquet(f"{lake}/users").writeStream
    stream = stream.format("parquet").option("checkpointLocation", f"{folder}/check").start(f"{lake}/streamed")
    stream.processAllAvailable()
    stream.stop()
    spark.stop()
    version = pathlib.Path(os.environ["JAR"]).stem.rsplit("-", 1)[1]
    caught.save("spark", ["pyspark", f"openlineage-spark_2.12=={version}"], [folder], drop=DROPPED)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
