//! The playbook from first case to standby, with the steps and the refusals the demo shows.

use getmodern::demo::{self, Stage};
use tests::Product;

#[tokio::test]
async fn four_customers_go_through_the_playbook_refusals_included() {
    let product = Product::start().await;
    let mut stage = Stage::at(product.address(), false).expect("an address");
    demo::play(&mut stage).await.expect("all goes as the playbook says");
    product.stop().await;
}
