import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;

/** What a BI tool asks a JDBC driver: the columns of a view with their remarks, and a question. */
class ReadByJdbc {
    public static void main(String[] arguments) throws SQLException {
        String address = arguments[0], view = arguments[1], question = arguments[2];
        try (Connection connection = DriverManager.getConnection(address)) {
            ResultSet columns = connection.getMetaData().getColumns(null, "marts", view, null);
            while (columns.next()) {
                System.out.println(String.join("|", columns.getString("COLUMN_NAME"),
                        columns.getString("TYPE_NAME"), columns.getString("REMARKS")));
            }
            ResultSet answer = connection.createStatement().executeQuery(question);
            while (answer.next()) {
                System.out.println(answer.getString(1));
            }
        }
    }
}
