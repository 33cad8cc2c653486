//! A process that is told to stop while a database hangs says at once that it serves no more.

use sqlx::{Connection, SqliteConnection, raw_sql, sqlite::SqliteConnectOptions};
use tests::{Process, State, free_address};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{admin::get, collector::Collector, stages::variables};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_told_to_stop_while_a_database_hangs_is_not_ready_from_then_on() {
    let (_collector, address) = Collector::over_grpc();
    let (disk, admin) = (State::in_files(), free_address().to_string());
    let all: Vec<_> = variables(&address).into_iter().chain([("GETMODERN_ADMIN", &*admin)]).collect();
    let any = "127.0.0.1:0".parse().expect("an address");
    let mut product = Process::start(&disk, any, &all).expect("it serves");
    let admin = admin.parse().expect("an address");
    assert!(get(admin, "/readyz").await.starts_with("HTTP/1.1 200"));
    let file = SqliteConnectOptions::new().filename(disk.folder().join("engagement.db"));
    let mut other = SqliteConnection::connect_with(&file).await.expect("it opens");
    raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.expect("nobody else writes any more");
    assert!(product.dismiss(), "it says so");
    let mut answer = String::new();
    // One that has ended meanwhile is not ready either.
    if let Ok(mut stream) = TcpStream::connect(admin).await {
        let request = b"GET /readyz HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n";
        let _ = stream.write_all(request).await;
        let _ = stream.read_to_string(&mut answer).await;
    }
    assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    raw_sql("ROLLBACK").execute(&mut other).await.expect("others write again");
}
