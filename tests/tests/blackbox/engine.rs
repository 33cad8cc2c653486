//! What runs on which engine: the program says it, and the product does it.

use tests::{Engine, Product};

#[tokio::test]
async fn state_is_kept_in_files_on_sqlite_and_nowhere_but_in_databases_on_postgresql() {
    let product = Product::start().await;
    let files = std::fs::read_dir(product.state().folder()).expect("the folder").count();
    assert_eq!(files > 0, Engine::here() == Engine::Sqlite, "{files} files on {:?}", Engine::here());
    product.stop().await;
}
