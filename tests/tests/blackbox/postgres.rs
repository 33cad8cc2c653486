//! The same product on PostgreSQL, a database for each service.

use getmodern::demo::{self, Stage};
use tests::{Product, postgres_database};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_customers_go_through_the_playbook_on_postgresql_too() {
    let databases = ["intake", "engagement", "tasks"].map(|service| (service, postgres_database()));
    if databases.iter().any(|(_, url)| url.is_none()) {
        return;
    }
    let product = Product::with(|settings| {
        let setting = |(service, url): (&str, Option<String>)| {
            format!("{service}={}", url.unwrap_or_default()).parse().expect("a setting")
        };
        settings.storage.database_urls = databases.map(setting).into();
    })
    .await;
    let files = std::fs::read_dir(product.data()).expect("the folder").count();
    assert_eq!(files, 0, "nothing is kept in files");
    let mut stage = Stage::at(product.address(), false).expect("an address");
    demo::play(&mut stage).await.expect("all goes as the playbook says");
    product.stop().await;
}
